import assert from 'node:assert/strict'
import { test } from 'node:test'
import { md5, pattern } from '../../objects/bodies.ts'
import { BUCKET, s3UnderTest, type Asked, type S3UnderTest } from './s3-fixture.ts'

const TARGET = `/${BUCKET}/big.bin`
const PART = pattern(5 * 2 ** 20)

async function begin(s3: S3UnderTest, options: Asked = {}): Promise<string> {
  const { status, text } = await s3.ask('POST', `${TARGET}?uploads=`, options)
  assert.equal(status, 200)
  assert.match(text, new RegExp(`<Bucket>${BUCKET}</Bucket><Key>big.bin</Key>`))
  return /<UploadId>(.+?)<\/UploadId>/.exec(text)?.[1] ?? ''
}

function completion(
  ...parts: readonly { readonly number: number; readonly etag: string; readonly crc32?: string }[]
): string {
  const inner = parts.map(
    ({ number, etag, crc32 }) =>
      `<Part><ETag>${etag.replaceAll('"', '&quot;')}</ETag>${crc32 ? `<ChecksumCRC32>${crc32}</ChecksumCRC32>` : ''}<PartNumber>${number}</PartNumber></Part>`,
  )
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner.join('')}</CompleteMultipartUpload>`
}

test('parts become an object with the ETag of their MD5s and the headers of the beginning', async () => {
  await using s3 = await s3UnderTest()
  const id = await begin(s3, { headers: { 'content-type': 'a/b', 'x-amz-meta-x': 'y' } })
  const one = await s3.ask('PUT', `${TARGET}?partNumber=1&uploadId=${id}`, { body: PART })
  const two = await s3.ask('PUT', `${TARGET}?partNumber=2&uploadId=${id}`, { body: 'end' })
  assert.equal(one.headers['etag'], `"${md5(PART)}"`)
  const etags = [one, two].map(({ headers }) => headers['etag'] ?? '')
  const body = completion({ number: 1, etag: etags[0] ?? '' }, { number: 2, etag: md5(Buffer.from('end')) })
  const done = await s3.ask('POST', `${TARGET}?uploadId=${id}`, { body })
  const etag = md5(Buffer.concat([Buffer.from(md5(PART), 'hex'), Buffer.from(md5(Buffer.from('end')), 'hex')]))
  assert.match(done.text, new RegExp(`<ETag>&quot;${etag}-2&quot;</ETag>`))
  assert.match(done.text, /<Location>http:\/\/127\.0\.0\.1:8484\/.+\/big\.bin<\/Location>/)
  const { headers } = await s3.ask('HEAD', TARGET)
  assert.deepEqual(
    ['content-length', 'content-type', 'x-amz-meta-x', 'etag'].map((name) => headers[name]),
    [String(PART.length + 3), 'a/b', 'y', `"${etag}-2"`],
  )
})

test('a composite checksum is told with its type, a part checksum that does not fit is refused', async () => {
  await using s3 = await s3UnderTest()
  const id = await begin(s3, { headers: { 'x-amz-checksum-algorithm': 'CRC32' } })
  const { headers } = await s3.ask('PUT', `${TARGET}?partNumber=1&uploadId=${id}`, { body: 'data' })
  const [etag = '', crc32 = ''] = [headers['etag'], headers['x-amz-checksum-crc32']]
  assert.equal(crc32, 'rfPzYw==')
  const complete = (checksum: string) => ({ body: completion({ number: 1, etag, crc32: checksum }) })
  assert.equal((await s3.refused('POST', `${TARGET}?uploadId=${id}`, complete('AAAAAA=='))).code, 'InvalidPart')
  const { text } = await s3.ask('POST', `${TARGET}?uploadId=${id}`, complete(crc32))
  assert.match(text, /<ChecksumCRC32>.+-1<\/ChecksumCRC32><ChecksumType>COMPOSITE<\/ChecksumType>/)
  const got = await s3.ask('HEAD', TARGET, { headers: { 'x-amz-checksum-mode': 'ENABLED' } })
  assert.equal(got.headers['x-amz-checksum-type'], 'COMPOSITE')
})

test('an aborted upload is gone', async () => {
  await using s3 = await s3UnderTest()
  const id = await begin(s3)
  assert.equal((await s3.ask('DELETE', `${TARGET}?uploadId=${id}`)).status, 204)
  const { code, status } = await s3.refused('PUT', `${TARGET}?partNumber=1&uploadId=${id}`, { body: 'x' })
  assert.deepEqual([code, status], ['NoSuchUpload', 404])
  assert.equal((await s3.refused('DELETE', `${TARGET}?uploadId=${id}`)).details['UploadId'], id)
})

for (const [what, body] of [
  ['no XML', 'parts'],
  ['another root', '<Delete></Delete>'],
  ['no part', completion()],
  ['a part without a number', '<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>'],
] as const) {
  test(`a completion with ${what} is MalformedXML`, async () => {
    await using s3 = await s3UnderTest()
    assert.equal((await s3.refused('POST', `${TARGET}?uploadId=${await begin(s3)}`, { body })).code, 'MalformedXML')
  })
}

for (const [number, code] of [
  ['0', 'InvalidArgument'],
  ['10001', 'InvalidArgument'],
  ['one', 'InvalidArgument'],
  ['10000', 'NoSuchUpload'],
] as const) {
  test(`part number ${number} is ${code} of an upload that does not exist`, async () => {
    await using s3 = await s3UnderTest()
    assert.equal((await s3.refused('PUT', `${TARGET}?partNumber=${number}&uploadId=none`, { body: 'x' })).code, code)
  })
}

for (const [headers, message] of [
  [{ 'x-amz-checksum-algorithm': 'CRC7' }, /^Checksum algorithm provided is unsupported/],
  [{ 'x-amz-checksum-type': 'COMPOSITE' }, /can only be used with/],
  [
    { 'x-amz-checksum-algorithm': 'SHA256', 'x-amz-checksum-type': 'FULL_OBJECT' },
    /FULL_OBJECT checksum type cannot be used with the sha256/,
  ],
  [{ 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'COMPOSITE' }, /COMPOSITE checksum type cannot/],
] as const) {
  test(`an upload with ${JSON.stringify(headers)} is refused`, async () => {
    await using s3 = await s3UnderTest()
    const error = await s3.refused('POST', `${TARGET}?uploads`, { headers })
    assert.equal(error.code, 'InvalidRequest')
    assert.match(error.message, message)
  })
}
