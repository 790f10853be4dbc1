import assert from 'node:assert/strict'
import { test } from 'node:test'
import { md5 } from '../../objects/bodies.ts'
import { BUCKET, s3UnderTest } from './s3-fixture.ts'

const TARGET = `/${BUCKET}/data/hello.txt`
const CONTENT = 'hello, world'
const ETAG = `"${md5(Buffer.from(CONTENT))}"`

test('an object comes back with the headers it was put with', async () => {
  await using s3 = await s3UnderTest()
  const put = await s3.ask('PUT', TARGET, {
    body: CONTENT,
    headers: {
      'content-type': 'text/plain',
      'content-encoding': 'gzip',
      'cache-control': 'no-store',
      'x-amz-meta-made-by': 'me',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key',
    },
  })
  assert.deepEqual(put, { status: 200, headers: { etag: ETAG }, text: '' })
  const got = await s3.ask('GET', TARGET)
  assert.equal(got.status, 200)
  assert.equal(got.text, CONTENT)
  const { 'last-modified': lastModified, ...headers } = got.headers
  assert.match(lastModified ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
  assert.deepEqual(headers, {
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'content-encoding': 'gzip',
    'content-length': '12',
    'content-type': 'text/plain',
    etag: ETAG,
    'x-amz-meta-made-by': 'me',
  })
  const head = await s3.ask('HEAD', TARGET)
  assert.deepEqual(head, { status: 200, headers: got.headers, text: '' })
})

test('an object without a type is binary/octet-stream', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', TARGET, { body: CONTENT })
  assert.equal((await s3.ask('GET', TARGET)).headers['content-type'], 'binary/octet-stream')
})

test('response parameters take the place of headers, and none can break out of its header', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', TARGET, { body: CONTENT, headers: { 'content-type': 'text/plain' } })
  const got = await s3.ask('GET', `${TARGET}?response-content-type=a%2Fb&response-content-disposition=attachment`)
  assert.equal(got.headers['content-type'], 'a/b')
  assert.equal(got.headers['content-disposition'], 'attachment')
  assert.equal((await s3.refused('GET', `${TARGET}?response-expires=x%0d%0aset-cookie:a`)).code, 'InvalidArgument')
})

for (const [range, text, contentRange] of [
  ['bytes=0-4', 'hello', 'bytes 0-4/12'],
  ['bytes=7-', 'world', 'bytes 7-11/12'],
  ['bytes=-5', 'world', 'bytes 7-11/12'],
  ['bytes=-500', CONTENT, 'bytes 0-11/12'],
  ['bytes=11-999999999999999999', 'd', 'bytes 11-11/12'],
] as const) {
  test(`the range ${range} answers 206`, async () => {
    await using s3 = await s3UnderTest()
    await s3.ask('PUT', TARGET, { body: CONTENT })
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, text: seen } = await s3.ask(method, TARGET, { headers: { range } })
      assert.equal(status, 206)
      assert.equal(headers['content-range'], contentRange)
      assert.equal(headers['content-length'], String(text.length))
      assert.equal(seen, method === 'GET' ? text : '')
    }
  })
}

test('a range behind the end is refused with the size of the object', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', TARGET, { body: CONTENT })
  for (const range of ['bytes=12-', 'bytes=12-20', 'bytes=-0']) {
    const { code, status, details } = await s3.refused('GET', TARGET, { headers: { range } })
    assert.deepEqual([code, status, details['ActualObjectSize']], ['InvalidRange', 416, '12'])
  }
  await s3.ask('PUT', `/${BUCKET}/empty`)
  assert.equal((await s3.refused('GET', `/${BUCKET}/empty`, { headers: { range: 'bytes=0-' } })).code, 'InvalidRange')
})

test('a range that is none, several ranges, and the range of another version give the whole object', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', TARGET, { body: CONTENT })
  for (const headers of [
    { range: 'bytes=5-2' },
    { range: 'bytes=0-1,3-4' },
    { range: 'lines=1-2' },
    { range: 'bytes=-' },
    { range: 'bytes=0-4', 'if-range': '"other"' },
  ]) {
    const { status, text } = await s3.ask('GET', TARGET, { headers })
    assert.deepEqual([status, text], [200, CONTENT])
  }
  assert.equal((await s3.ask('GET', TARGET, { headers: { range: 'bytes=0-4', 'if-range': ETAG } })).status, 206)
})

const PAST = 'Thu, 01 Jan 2015 00:00:00 GMT'
const FUTURE = 'Fri, 01 Jan 2100 00:00:00 GMT'

for (const [conditions, outcome] of [
  [{ 'if-match': ETAG }, 200],
  [{ 'if-match': '*' }, 200],
  [{ 'if-match': `"x", ${ETAG}` }, 200],
  [{ 'if-match': '"x"' }, 412],
  [{ 'if-none-match': '"x"' }, 200],
  [{ 'if-none-match': ETAG }, 304],
  [{ 'if-none-match': `W/${ETAG}` }, 304],
  [{ 'if-unmodified-since': PAST }, 412],
  [{ 'if-unmodified-since': FUTURE }, 200],
  [{ 'if-modified-since': PAST }, 200],
  [{ 'if-modified-since': FUTURE }, 200],
  [{ 'if-modified-since': 'no date' }, 200],
  [{ 'if-match': ETAG, 'if-unmodified-since': PAST }, 200],
  [{ 'if-none-match': '"x"', 'if-modified-since': FUTURE }, 200],
  [{ 'if-match': '"x"', 'if-none-match': ETAG }, 412],
] as const) {
  test(`a GET with ${JSON.stringify(conditions)} answers ${outcome}`, async () => {
    await using s3 = await s3UnderTest()
    await s3.ask('PUT', TARGET, { body: CONTENT })
    for (const method of ['GET', 'HEAD']) {
      if (outcome === 412) {
        const { code, status } = await s3.refused(method, TARGET, { headers: conditions })
        assert.deepEqual([code, status], ['PreconditionFailed', 412])
        continue
      }
      const { status, headers, text } = await s3.ask(method, TARGET, { headers: conditions })
      assert.equal(status, outcome)
      assert.equal(headers['etag'], ETAG)
      if (outcome === 304) assert.deepEqual([text, Object.keys(headers).sort()], ['', ['etag', 'last-modified']])
    }
  })
}

test('an object not modified since its own date answers 304', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', TARGET, { body: CONTENT })
  const since = (await s3.ask('HEAD', TARGET)).headers['last-modified'] ?? ''
  assert.equal((await s3.ask('GET', TARGET, { headers: { 'if-modified-since': since } })).status, 304)
})

test('a checksum is stored, told to who asks, and never told of a part', async () => {
  await using s3 = await s3UnderTest()
  const checksum = { algorithm: 'CRC32', value: () => '/6tygw==' }
  const { headers: put } = await s3.ask('PUT', TARGET, { body: CONTENT, checksum })
  const value = put['x-amz-checksum-crc32']
  assert.ok(value)
  assert.equal(put['x-amz-checksum-type'], 'FULL_OBJECT')
  const mode = { 'x-amz-checksum-mode': 'ENABLED' }
  assert.equal((await s3.ask('GET', TARGET, { headers: mode })).headers['x-amz-checksum-crc32'], value)
  assert.equal((await s3.ask('HEAD', TARGET, { headers: mode })).headers['x-amz-checksum-crc32'], value)
  assert.equal((await s3.ask('GET', TARGET)).headers['x-amz-checksum-crc32'], undefined)
  const part = await s3.ask('GET', TARGET, { headers: { ...mode, range: 'bytes=0-1' } })
  assert.equal(part.headers['x-amz-checksum-crc32'], undefined)
})

test('a missing key, a key too long and too much metadata are refused', async () => {
  await using s3 = await s3UnderTest()
  const missing = await s3.refused('GET', `/${BUCKET}/nothing`)
  assert.deepEqual(
    [missing.code, missing.status, missing.message],
    ['NoSuchKey', 404, 'The specified key does not exist.'],
  )
  assert.equal(missing.details['Key'], 'nothing')
  const longest = `/${BUCKET}/${encodeURIComponent('ü'.repeat(512))}`
  assert.equal((await s3.ask('PUT', longest, { body: 'x' })).status, 200)
  assert.equal((await s3.refused('PUT', `${longest}x`, { body: 'x' })).code, 'KeyTooLongError')
  const headers = { 'x-amz-meta-a': 'x'.repeat(2048) }
  assert.equal((await s3.refused('PUT', TARGET, { body: 'x', headers })).code, 'MetadataTooLarge')
})

test('metadata may have any name that a header can have', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', TARGET, { body: CONTENT, headers: { 'x-amz-meta-__proto__': 'v' } })
  assert.equal((await s3.ask('HEAD', TARGET)).headers['x-amz-meta-__proto__'], 'v')
})

test('deleting answers 204 whether or not there was something', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', TARGET, { body: CONTENT })
  assert.equal((await s3.ask('DELETE', TARGET)).status, 204)
  assert.equal((await s3.ask('DELETE', TARGET)).status, 204)
  assert.equal((await s3.refused('HEAD', TARGET)).status, 404)
})
