import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUCKET, job, s3UnderTest } from './s3-fixture.ts'

function all(text: string, name: string): readonly (string | undefined)[] {
  return [...text.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'g'))].map((match) => match[1])
}

test('the parts of an upload are listed in pages', async () => {
  await using s3 = await s3UnderTest()
  const { text } = await s3.ask('POST', `/${BUCKET}/k?uploads`, { headers: { 'x-amz-checksum-algorithm': 'CRC32' } })
  const target = `/${BUCKET}/k?uploadId=${all(text, 'UploadId')[0]}`
  for (const number of [1, 2, 5]) await s3.ask('PUT', `${target}&partNumber=${number}`, { body: `part ${number}` })
  const first = (await s3.ask('GET', `${target}&max-parts=2`)).text
  assert.deepEqual(all(first, 'PartNumber'), ['1', '2'])
  assert.deepEqual([all(first, 'IsTruncated'), all(first, 'NextPartNumberMarker')], [['true'], ['2']])
  assert.match(first, /<ChecksumAlgorithm>CRC32<\/ChecksumAlgorithm><ChecksumType>COMPOSITE<\/ChecksumType><Part>/)
  assert.match(
    first,
    /<ETag>&quot;[0-9a-f]{32}&quot;<\/ETag><Size>6<\/Size><ChecksumCRC32>.{8}<\/ChecksumCRC32><\/Part>/,
  )
  const rest = (await s3.ask('GET', `${target}&part-number-marker=2`)).text
  assert.deepEqual([all(rest, 'PartNumber'), all(rest, 'IsTruncated')], [['5'], ['false']])
  assert.equal((await s3.refused('GET', `${target}&max-parts=x`)).code, 'InvalidArgument')
  assert.equal((await s3.refused('GET', `/${BUCKET}/k?uploadId=none`)).code, 'NoSuchUpload')
})

test('uploads that are under way are listed with folders and in pages, encoded where that is asked for', async () => {
  await using s3 = await s3UnderTest()
  for (const key of ['a/1', 'a/2', 'b%20%26', 'c', 'c']) await s3.ask('POST', `/${BUCKET}/${key}?uploads`)
  const top = (await s3.ask('GET', `/${BUCKET}?uploads&delimiter=/&encoding-type=url`)).text
  assert.deepEqual(all(top, 'Key'), ['b%20%26', 'c', 'c'])
  assert.match(top, /<CommonPrefixes><Prefix>a\/<\/Prefix><\/CommonPrefixes>/)
  const page = (await s3.ask('GET', `/${BUCKET}?uploads&max-uploads=4`)).text
  const [key, id] = [all(page, 'NextKeyMarker')[0], all(page, 'NextUploadIdMarker')[0]]
  assert.deepEqual([all(page, 'Key').length, key, id], [4, 'c', all(page, 'UploadId').at(-1)])
  const rest = (await s3.ask('GET', `/${BUCKET}?uploads&key-marker=c&upload-id-marker=${id}`)).text
  assert.deepEqual([all(rest, 'Key'), all(rest, 'IsTruncated')], [['c'], ['false']])
  assert.deepEqual(all((await s3.ask('GET', `/${BUCKET}?uploads&key-marker=c`)).text, 'Key'), [])
  assert.equal((await s3.refused('GET', `/${BUCKET}?uploads`, { as: job('other') })).code, 'AccessDenied')
})

test('a bucket tells its region, nothing for the first one, and that it has no versions', async () => {
  await using s3 = await s3UnderTest()
  await s3.under.store.createBucket({ name: 'far-away', account: '111122223333', region: 'eu-west-1' })
  assert.match(
    (await s3.ask('GET', '/far-away?location')).text,
    /<LocationConstraint xmlns="[^"]+">eu-west-1<\/LocationConstraint>$/,
  )
  assert.match(
    (await s3.ask('GET', `/${BUCKET}?location=`)).text,
    /<LocationConstraint xmlns="[^"]+"><\/LocationConstraint>$/,
  )
  assert.match(
    (await s3.ask('GET', `/${BUCKET}?versioning`)).text,
    /<VersioningConfiguration xmlns="[^"]+"><\/VersioningConfiguration>$/,
  )
  assert.equal((await s3.refused('GET', '/missing-bucket?location')).code, 'NoSuchBucket')
})
