import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHash } from 'node:crypto'
import { md5, pattern } from '../../objects/bodies.ts'
import { ACCOUNT, BUCKET, job, READER, s3UnderTest, STRANGER } from './s3-fixture.ts'

const SOURCE = `/${BUCKET}/a%20b%2B%C3%BC`
const from = { 'x-amz-copy-source': SOURCE }

async function withSource() {
  const s3 = await s3UnderTest()
  const headers = { 'content-type': 'text/csv', 'x-amz-meta-one': '1', 'x-amz-tagging': 'k=v' }
  const { headers: answer } = await s3.ask('PUT', SOURCE, { body: 'text', headers })
  return { s3, etag: answer['etag'] ?? '', [Symbol.asyncDispose]: () => s3[Symbol.asyncDispose]() }
}

test('a copy answers with ETag and time, and has metadata and tags of its source', async () => {
  await using under = await withSource()
  const { s3, etag } = under
  const { text } = await s3.ask('PUT', `/${BUCKET}/copy`, { headers: { ...from, 'content-type': 'not/taken' } })
  assert.match(
    text,
    /<CopyObjectResult xmlns="[^"]+"><ETag>&quot;[0-9a-f]{32}&quot;<\/ETag><LastModified>.+Z<\/LastModified>/,
  )
  const { headers, text: content } = await s3.ask('GET', `/${BUCKET}/copy`)
  const wanted = ['etag', 'content-type', 'x-amz-meta-one', 'x-amz-tagging-count']
  assert.deepEqual([content, ...wanted.map((name) => headers[name])], ['text', etag, 'text/csv', '1', '1'])
})

test('a directive puts metadata or tags of the request in place of those of the source', async () => {
  await using under = await withSource()
  const { s3 } = under
  const metadata = { 'x-amz-metadata-directive': 'REPLACE', 'content-type': 'new/type', 'x-amz-meta-two': '2' }
  await s3.ask('PUT', `/${BUCKET}/copy`, { headers: { ...from, ...metadata } })
  const { headers } = await s3.ask('HEAD', `/${BUCKET}/copy`)
  const wanted = ['content-type', 'x-amz-meta-one', 'x-amz-meta-two', 'x-amz-tagging-count']
  assert.deepEqual(
    wanted.map((name) => headers[name]),
    ['new/type', undefined, '2', '1'],
  )
  const tags = { 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'x=y&z=' }
  await s3.ask('PUT', `/${BUCKET}/copy`, { headers: { ...from, ...tags } })
  const { text } = await s3.ask('GET', `/${BUCKET}/copy?tagging`)
  assert.match(
    text,
    /<TagSet><Tag><Key>x<\/Key><Value>y<\/Value><\/Tag><Tag><Key>z<\/Key><Value><\/Value><\/Tag><\/TagSet>/,
  )
  for (const what of ['metadata', 'tagging']) {
    const wrong = { headers: { ...from, [`x-amz-${what}-directive`]: 'MERGE' } }
    const { code, message } = await s3.refused('PUT', `/${BUCKET}/copy`, wrong)
    assert.deepEqual([code, message], ['InvalidArgument', `Unknown ${what} directive.`])
  }
})

test('a copy onto itself must change something', async () => {
  await using under = await withSource()
  const { s3 } = under
  const { code, message } = await s3.refused('PUT', SOURCE, { headers: from })
  assert.equal(code, 'InvalidRequest')
  assert.match(
    message,
    /^This copy request is illegal because it is trying to copy an object to itself without changing/,
  )
  const headers = { ...from, 'x-amz-metadata-directive': 'REPLACE', 'content-type': 'new/type' }
  await s3.ask('PUT', SOURCE, { headers })
  assert.equal((await s3.ask('HEAD', SOURCE)).headers['content-type'], 'new/type')
})

const PAST = 'Mon, 01 Jan 2024 00:00:00 GMT'
const FUTURE = 'Fri, 01 Jan 2100 00:00:00 GMT'
for (const [what, conditions, condition] of [
  ['another ETag', { 'if-match': '"other"' }, 'If-Match'],
  ['the ETag, when it must be another', { 'if-none-match': 'ETAG' }, 'If-None-Match'],
  ['an older date', { 'if-unmodified-since': PAST }, 'If-Unmodified-Since'],
  ['the ETag and an older date', { 'if-match': 'ETAG', 'if-unmodified-since': PAST }, undefined],
  [
    'another ETag, when it must be another, and a later date',
    { 'if-none-match': '"other"', 'if-modified-since': FUTURE },
    undefined,
  ],
  ['an older date, when it must be newer', { 'if-modified-since': PAST }, undefined],
] as const) {
  test(`of a source with ${what} a copy ${condition ? 'is refused' : 'is made'}`, async () => {
    await using under = await withSource()
    const { s3, etag } = under
    const headers: Record<string, string> = { ...from }
    for (const [name, value] of Object.entries(conditions))
      headers[`x-amz-copy-source-${name}`] = value.replace('ETAG', etag)
    if (condition === undefined) {
      assert.equal((await s3.ask('PUT', `/${BUCKET}/copy`, { headers })).status, 200)
      return
    }
    const { code, details } = await s3.refused('PUT', `/${BUCKET}/copy`, { headers })
    assert.deepEqual([code, details['Condition']], ['PreconditionFailed', `x-amz-copy-source-${condition}`])
    await s3.refused('GET', `/${BUCKET}/copy`)
  })
}

for (const [source, code] of [
  ['', 'InvalidArgument'],
  ['bucket-alone', 'InvalidArgument'],
  ['/bucket/', 'InvalidArgument'],
  ['missing-bucket/k', 'NoSuchBucket'],
  [`${BUCKET}/missing`, 'NoSuchKey'],
  [`${SOURCE}?versionId=3`, 'NotImplemented'],
  ['arn:aws:s3:us-east-1:111122223333:accesspoint/a/object/k', 'NotImplemented'],
] as const) {
  test(`the copy source '${source.replace(BUCKET, 'bucket')}' is ${code}`, async () => {
    await using under = await withSource()
    const headers = { 'x-amz-copy-source': source }
    assert.equal((await under.s3.refused('PUT', `/${BUCKET}/copy`, { headers })).code, code)
  })
}

test('nobody copies from or to a bucket that he may not use', async () => {
  await using under = await withSource()
  const { s3 } = under
  const other = { name: 'other-bucket', account: ACCOUNT, region: 'us-east-1' }
  await s3.under.store.createBucket(other)
  const { uploadId } = await s3.under.store.createUpload('other-bucket', 'part', { metadata: {} })
  const part = `/other-bucket/part?partNumber=1&uploadId=${uploadId}`
  for (const [target, as] of [
    ['/other-bucket/k', job('other-bucket')],
    [`/${BUCKET}/k`, job('other-bucket')],
    ['/other-bucket/k', job(BUCKET)],
    [part, job('other-bucket')],
    ['/other-bucket/k', READER],
    ['/other-bucket/k', STRANGER],
  ] as const)
    assert.equal((await s3.refused('PUT', target, { headers: from, as })).code, 'AccessDenied')
  const wrongOwner = { ...from, 'x-amz-source-expected-bucket-owner': '444455556666' }
  assert.equal((await s3.refused('PUT', '/other-bucket/k', { headers: wrongOwner })).code, 'AccessDenied')
  const both = job(BUCKET, 'other-bucket')
  assert.equal((await s3.ask('PUT', '/other-bucket/k', { headers: from, as: both })).status, 200)
  assert.equal((await s3.ask('PUT', part, { headers: from, as: both })).status, 200)
})

test('a copy has the checksum that is asked for, else that of its source', async () => {
  await using under = await withSource()
  const { s3 } = under
  await s3.ask('PUT', `/${BUCKET}/k`, { body: 'text', checksum: { algorithm: 'CRC32', value: () => undefined } })
  const headers = { 'x-amz-copy-source': `${BUCKET}/k` }
  const plain = await s3.ask('PUT', `/${BUCKET}/copy`, { headers })
  assert.match(plain.text, /<ChecksumCRC32>.{8}<\/ChecksumCRC32><ChecksumType>FULL_OBJECT<\/ChecksumType>/)
  const asked = await s3.ask('PUT', `/${BUCKET}/copy`, {
    headers: { ...headers, 'x-amz-checksum-algorithm': 'SHA256' },
  })
  assert.ok(asked.text.includes(`<ChecksumSHA256>${createHash('sha256').update('text').digest('base64')}<`))
})

test('ranges of an object become the parts of another', async () => {
  await using under = await withSource()
  const { s3 } = under
  const bytes = pattern(6 * 2 ** 20)
  await s3.ask('PUT', `/${BUCKET}/source`, { body: bytes })
  const begun = await s3.ask('POST', `/${BUCKET}/big?uploads`)
  const id = /<UploadId>(.+?)</.exec(begun.text)?.[1] ?? ''
  const copyPart = (number: number, range: string | undefined) => {
    const headers = { 'x-amz-copy-source': `/${BUCKET}/source`, ...(range ? { 'x-amz-copy-source-range': range } : {}) }
    return [`/${BUCKET}/big?partNumber=${number}&uploadId=${id}`, { headers }] as const
  }
  const cut = 5 * 2 ** 20
  const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)]
  const ranges = [`bytes=0-${cut - 1}`, `bytes=${cut}-${bytes.length - 1}`]
  const parts: string[] = []
  for (const [at, range] of ranges.entries()) {
    const { text } = await s3.ask('PUT', ...copyPart(at + 1, range))
    const etag = md5(pieces[at] ?? Buffer.alloc(0))
    assert.match(text, new RegExp(`<CopyPartResult [^>]+><ETag>&quot;${etag}&quot;</ETag><LastModified>`))
    parts.push(`<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
  }
  for (const range of ['bytes=0-', 'bytes=5-4', `bytes=0-${bytes.length}`, '0-5'])
    assert.equal((await s3.refused('PUT', ...copyPart(3, range))).code, 'InvalidArgument')
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`
  await s3.ask('POST', `/${BUCKET}/big?uploadId=${id}`, { body })
  assert.equal(md5(Buffer.from((await s3.ask('GET', `/${BUCKET}/big`)).text, 'latin1')), md5(bytes))
  assert.equal((await s3.refused('PUT', ...copyPart(4, undefined))).code, 'NoSuchUpload')
})
