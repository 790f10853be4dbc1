import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUCKET, s3UnderTest } from './s3-fixture.ts'

for (const [method, target, header] of [
  ['GET', `/${BUCKET}?versions`],
  ['PUT', `/${BUCKET}?policy`],
  ['POST', `/${BUCKET}`],
  ['GET', `/${BUCKET}/k?acl`],
  ['GET', `/${BUCKET}/k?versionId=x`],
  ['PUT', `/${BUCKET}/k?uploadId=x`],
  ['DELETE', `/${BUCKET}/k?versionId=x`],
  ['DELETE', `/${BUCKET}?lifecycle`],
  ['GET', `/${BUCKET}?object-lock`],
  ['PUT', `/${BUCKET}?versioning`],
  ['PUT', `/${BUCKET}?tagging`],
  ['PUT', `/${BUCKET}/k?acl`],
  ['GET', `/${BUCKET}/k?tagging&versionId=x`],
  ['POST', `/${BUCKET}/k?restore`],
  ['POST', `/${BUCKET}/k?select&select-type=2`],
  ['PUT', `/${BUCKET}/k?partNumber=1&uploadId=x`, 'x-amz-copy-source-range'],
  ['PUT', `/${BUCKET}/k`, 'x-amz-acl'],
  ['PUT', `/${BUCKET}/k`, 'x-amz-grant-read'],
  ['PUT', `/${BUCKET}/k`, 'if-modified-since'],
  ['PUT', `/${BUCKET}/k`, 'if-unmodified-since'],
  ['DELETE', `/${BUCKET}/k`, 'if-none-match'],
  ['DELETE', `/${BUCKET}/k`, 'x-amz-if-match-size'],
  ['PUT', `/${BUCKET}/k`, 'x-amz-object-lock-mode'],
  ['PUT', `/${BUCKET}/k`, 'x-amz-storage-class'],
  ['PUT', `/${BUCKET}/k`, 'x-amz-write-offset-bytes'],
  ['PUT', `/${BUCKET}/k`, 'x-amz-website-redirect-location'],
  ['PUT', `/${BUCKET}/k`, 'x-amz-checksum-sha512'],
  ['PUT', `/${BUCKET}/k`, 'x-amz-server-side-encryption-customer-key'],
  ['PUT', `/${BUCKET}/k`, 'if-none-match'],
  ['POST', `/${BUCKET}/k?uploadId=x`, 'if-none-match'],
  ['PUT', '/new-bucket', 'x-amz-bucket-object-lock-enabled'],
] as const) {
  test(`${method} ${target.replace(BUCKET, 'bucket')} ${header ?? ''} is refused by name, and does nothing`, async () => {
    await using s3 = await s3UnderTest()
    await s3.ask('PUT', `/${BUCKET}/k`, { body: 'before' })
    const headers: Record<string, string> = header === undefined ? {} : { [header]: 'x' }
    const { code, status, message } = await s3.refused(method, target, { headers, body: 'after' })
    assert.deepEqual([code, status], ['NotImplemented', 501])
    assert.match(message, /^Trainyard does not implement .+ of S3 yet\.$/)
    if (header !== undefined) assert.ok(message.toLowerCase().includes(header))
    assert.equal((await s3.ask('GET', `/${BUCKET}/k`)).text, 'before')
  })
}

test('what changes nothing about a request is accepted', async () => {
  await using s3 = await s3UnderTest()
  const headers = {
    'x-amz-acl': 'bucket-owner-full-control',
    'x-amz-storage-class': 'STANDARD',
    'x-amz-request-payer': 'requester',
    'x-amz-server-side-encryption': 'AES256',
    'x-amz-sdk-checksum-algorithm': 'CRC32',
  }
  const { status, headers: answer } = await s3.ask('PUT', `/${BUCKET}/k`, { body: 'x', headers })
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(answer), ['etag'])
  assert.equal((await s3.ask('GET', `/${BUCKET}/k?some-parameter=of-nobody`)).text, 'x')
})

test('a method that S3 has not is MethodNotAllowed', async () => {
  await using s3 = await s3UnderTest()
  assert.deepEqual((await s3.refused('PATCH', `/${BUCKET}/k`)).status, 405)
  assert.deepEqual((await s3.refused('POST', '/')).code, 'MethodNotAllowed')
})
