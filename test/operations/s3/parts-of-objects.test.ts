import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pattern } from '../../objects/bodies.ts'
import { BUCKET, s3UnderTest, type S3UnderTest } from './s3-fixture.ts'

const K = `/${BUCKET}/k`
const FIRST = pattern(5 * 2 ** 20)

/** An object of two parts, with the numbers 2 and 5. */
async function inParts(headers: Readonly<Record<string, string>> = {}): Promise<S3UnderTest> {
  const s3 = await s3UnderTest()
  const { text } = await s3.ask('POST', `${K}?uploads`, { headers })
  const id = /<UploadId>(.+?)</.exec(text)?.[1] ?? ''
  let list = ''
  for (const [number, body] of [
    [2, FIRST],
    [5, 'the end'],
  ] as const) {
    const part = await s3.ask('PUT', `${K}?partNumber=${number}&uploadId=${id}`, { body })
    list += `<Part><PartNumber>${number}</PartNumber><ETag>${part.headers['etag']}</ETag></Part>`
  }
  const body = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`
  assert.equal((await s3.ask('POST', `${K}?uploadId=${id}`, { body })).status, 200)
  return s3
}

test('a part is read by its number, from the object and from a copy of it whose source is gone', async () => {
  await using s3 = await inParts()
  await s3.ask('PUT', `/${BUCKET}/copy`, { headers: { 'x-amz-copy-source': K } })
  await s3.ask('DELETE', K)
  const size = FIRST.length + 7
  const { status, headers, text } = await s3.ask('GET', `/${BUCKET}/copy?partNumber=5`)
  assert.deepEqual(
    [status, text, headers['content-length'], headers['x-amz-mp-parts-count']],
    [206, 'the end', '7', '2'],
  )
  assert.equal(headers['content-range'], `bytes ${FIRST.length}-${size - 1}/${size}`)
  const head = await s3.ask('HEAD', `/${BUCKET}/copy?partNumber=2`)
  assert.deepEqual([head.status, head.headers['content-length']], [206, String(FIRST.length)])
  for (const number of [1, 3, 6]) {
    const { code, status: refused } = await s3.refused('GET', `/${BUCKET}/copy?partNumber=${number}`)
    assert.deepEqual([code, refused], ['InvalidPartNumber', 416])
  }
  const both = await s3.refused('GET', `/${BUCKET}/copy?partNumber=2`, { headers: { range: 'bytes=0-1' } })
  assert.equal(both.code, 'InvalidRequest')
})

test('an object that was put as a whole is its own first part', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', K, { body: 'whole' })
  const { status, headers, text } = await s3.ask('GET', `${K}?partNumber=1`)
  assert.deepEqual([status, text, headers['content-range']], [206, 'whole', 'bytes 0-4/5'])
  assert.equal(headers['x-amz-mp-parts-count'], undefined)
  assert.equal((await s3.refused('GET', `${K}?partNumber=2`)).code, 'InvalidPartNumber')
  await s3.ask('PUT', K, { body: '' })
  assert.deepEqual((await s3.ask('GET', `${K}?partNumber=1`)).text, '')
})

test('the attributes that are asked for are told, parts with their checksums in pages', async () => {
  await using s3 = await inParts({ 'x-amz-checksum-algorithm': 'SHA256' })
  const ask = async (headers: Readonly<Record<string, string>>) =>
    (await s3.ask('GET', `${K}?attributes`, { headers })).text
  const few = await ask({ 'x-amz-object-attributes': 'ETag,ObjectSize' })
  assert.match(few, /<GetObjectAttributesResponse [^>]+><ETag>[0-9a-f]{32}-2<\/ETag><ObjectSize>5242887<\/ObjectSize></)
  const all = await ask({ 'x-amz-object-attributes': 'Checksum, ObjectParts,StorageClass', 'x-amz-max-parts': '1' })
  assert.match(
    all,
    /<Checksum><ChecksumSHA256>.+-2<\/ChecksumSHA256><ChecksumType>COMPOSITE<\/ChecksumType><\/Checksum>/,
  )
  assert.match(all, /<PartsCount>2<\/PartsCount><PartNumberMarker>0<.+<NextPartNumberMarker>2<.+<IsTruncated>true</)
  assert.match(
    all,
    /<Part><PartNumber>2<\/PartNumber><Size>5242880<\/Size><ChecksumSHA256>.{44}<\/ChecksumSHA256><\/Part>/,
  )
  assert.match(all, /<StorageClass>STANDARD</)
  const rest = await ask({ 'x-amz-object-attributes': 'ObjectParts', 'x-amz-part-number-marker': '2' })
  assert.match(rest, /<IsTruncated>false<\/IsTruncated><Part><PartNumber>5</)
})

test('without checksums the parts are counted only, and an object put as a whole has none', async () => {
  await using s3 = await inParts()
  const headers = { 'x-amz-object-attributes': 'ObjectParts,Checksum' }
  assert.match(
    (await s3.ask('GET', `${K}?attributes`, { headers })).text,
    /><ObjectParts><PartsCount>2<\/PartsCount><\/ObjectParts><\//,
  )
  await s3.ask('PUT', K, { body: 'whole' })
  assert.match((await s3.ask('GET', `${K}?attributes`, { headers })).text, /<GetObjectAttributesResponse [^>]+><\//)
})

test('no attribute, or one that S3 has not, is refused', async () => {
  await using s3 = await inParts()
  assert.equal((await s3.refused('GET', `${K}?attributes`)).code, 'InvalidRequest')
  const unknown = { headers: { 'x-amz-object-attributes': 'ETag,Colour' } }
  assert.equal((await s3.refused('GET', `${K}?attributes`, unknown)).code, 'InvalidArgument')
})
