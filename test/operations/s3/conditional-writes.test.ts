import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUCKET, s3UnderTest, type S3UnderTest } from './s3-fixture.ts'

const K = `/${BUCKET}/k`

async function completion(s3: S3UnderTest, headers: Readonly<Record<string, string>>) {
  const { text } = await s3.ask('POST', `${K}?uploads`)
  const id = /<UploadId>(.+?)</.exec(text)?.[1] ?? ''
  const part = await s3.ask('PUT', `${K}?partNumber=1&uploadId=${id}`, { body: 'part' })
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers['etag']}</ETag></Part></CompleteMultipartUpload>`
  return [`${K}?uploadId=${id}`, { body, headers }] as const
}

test('If-None-Match: * writes where there is nothing, and nowhere else', async () => {
  await using s3 = await s3UnderTest()
  const headers = { 'if-none-match': '*' }
  assert.equal((await s3.ask('PUT', K, { body: 'first', headers })).status, 200)
  const { code, status } = await s3.refused('PUT', K, { body: 'second', headers })
  assert.deepEqual([code, status], ['PreconditionFailed', 412])
  assert.equal((await s3.refused('POST', ...(await completion(s3, headers)))).code, 'PreconditionFailed')
  const copy = { headers: { ...headers, 'x-amz-copy-source': `${BUCKET}/k` } }
  assert.equal(
    (await s3.refused('PUT', K, { headers: { ...copy.headers, 'x-amz-metadata-directive': 'REPLACE' } })).code,
    'PreconditionFailed',
  )
  assert.equal((await s3.ask('PUT', `/${BUCKET}/new`, copy)).status, 200)
  assert.equal((await s3.ask('GET', K)).text, 'first')
})

test('If-Match writes over this version only, and NoSuchKey is what there is not', async () => {
  await using s3 = await s3UnderTest()
  assert.equal((await s3.refused('PUT', K, { body: 'x', headers: { 'if-match': '"any"' } })).code, 'NoSuchKey')
  const { headers } = await s3.ask('PUT', K, { body: 'first' })
  const match = { 'if-match': headers['etag'] ?? '' }
  await s3.ask('PUT', K, { body: 'second', headers: match })
  assert.equal((await s3.refused('PUT', K, { body: 'third', headers: match })).code, 'PreconditionFailed')
  assert.equal((await s3.refused('POST', ...(await completion(s3, match)))).code, 'PreconditionFailed')
  assert.equal((await s3.refused('DELETE', K, { headers: match })).code, 'PreconditionFailed')
  assert.equal((await s3.ask('GET', K)).text, 'second')
  assert.equal((await s3.ask('POST', ...(await completion(s3, { 'if-match': '*' })))).status, 200)
  assert.equal((await s3.ask('GET', K)).text, 'part')
  assert.equal((await s3.ask('DELETE', K, { headers: { 'if-match': '*' } })).status, 204)
})

test('a condition that S3 has not is refused', async () => {
  await using s3 = await s3UnderTest()
  const both = { 'if-match': '*', 'if-none-match': '*' }
  for (const headers of [{ 'if-none-match': '"etag"' }, both])
    assert.equal((await s3.refused('PUT', K, { body: 'x', headers })).code, 'NotImplemented')
})

test('a completion may say size and checksum of the object', async () => {
  await using s3 = await s3UnderTest()
  const wrongSize = await completion(s3, { 'x-amz-mp-object-size': '5' })
  assert.equal((await s3.refused('POST', ...wrongSize)).code, 'InvalidRequest')
  const noSize = await completion(s3, { 'x-amz-mp-object-size': 'four' })
  assert.equal((await s3.refused('POST', ...noSize)).code, 'InvalidArgument')
  const wrongSum = await completion(s3, { 'x-amz-checksum-crc32': 'AAAAAA==' })
  assert.deepEqual((await s3.refused('POST', ...wrongSum)).code, 'BadDigest')
  assert.equal((await s3.ask('POST', ...(await completion(s3, { 'x-amz-mp-object-size': '4' })))).status, 200)
})
