import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { JOB } from '../../http/front-fixture.ts'
import { md5, pattern, read } from '../../objects/bodies.ts'
import { client } from './sdk-client.ts'

async function content(s3: S3Client, key: string, range?: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'bkt', Key: key, ...(range ? { Range: range } : {}) }))
  assert.ok(Body instanceof Readable)
  return read(Body)
}

function hasStatus(status: number): (error: unknown) => boolean {
  return (error) => error instanceof S3ServiceException && error.$metadata.httpStatusCode === status
}

test('the SDK makes, finds and lists buckets', async (t) => {
  const { s3 } = await client(t)
  await s3.send(
    new CreateBucketCommand({ Bucket: 'made-here', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  )
  assert.equal((await s3.send(new HeadBucketCommand({ Bucket: 'made-here' }))).BucketRegion, 'eu-west-1')
  const { Buckets } = await s3.send(new ListBucketsCommand({}))
  assert.ok(Buckets?.some((bucket) => bucket.Name === 'made-here' && bucket.CreationDate instanceof Date))
  await assert.rejects(s3.send(new HeadBucketCommand({ Bucket: 'missing' })), { name: 'NotFound' })
  const others = new HeadBucketCommand({ Bucket: 'bkt', ExpectedBucketOwner: '444455556666' })
  await assert.rejects(s3.send(others), hasStatus(403))
})

test('the SDK gets back what it put, checksums verified both ways, of buffers and of streams', async (t) => {
  const { s3 } = await client(t)
  const bytes = pattern(3_000_000)
  const metadata = { ContentType: 'x/y', Metadata: { a: 'b' }, ServerSideEncryption: 'aws:kms' } as const
  const put = await s3.send(new PutObjectCommand({ Bucket: 'bkt', Key: 'ü/a b+~!.txt', Body: bytes, ...metadata }))
  assert.equal(put.ETag, `"${md5(bytes)}"`)
  assert.ok(put.ChecksumCRC32)
  const stream = new PutObjectCommand({
    Bucket: 'bkt',
    Key: 'stream',
    Body: Readable.from([bytes]),
    ContentLength: bytes.length,
  })
  assert.equal((await s3.send(stream)).ChecksumCRC32, put.ChecksumCRC32)
  assert.ok(bytes.equals(await content(s3, 'ü/a b+~!.txt')))
  assert.ok(bytes.equals(await content(s3, 'stream')))
  assert.ok(bytes.subarray(10, 20).equals(await content(s3, 'stream', 'bytes=10-19')))
  const head = await s3.send(new HeadObjectCommand({ Bucket: 'bkt', Key: 'ü/a b+~!.txt' }))
  assert.deepEqual(
    [head.ContentLength, head.ContentType, head.Metadata, head.ServerSideEncryption],
    [bytes.length, 'x/y', { a: 'b' }, undefined],
  )
})

for (const algorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
  test(`the SDK's ${algorithm} is verified, kept and given back`, async (t) => {
    const { s3 } = await client(t)
    const put = new PutObjectCommand({ Bucket: 'bkt', Key: 'k', Body: 'some text', ChecksumAlgorithm: algorithm })
    const member = `Checksum${algorithm}` as const
    const value = (await s3.send(put))[member]
    assert.ok(value)
    const got = await s3.send(new GetObjectCommand({ Bucket: 'bkt', Key: 'k', ChecksumMode: 'ENABLED' }))
    assert.equal(got[member], value)
    assert.equal(await got.Body?.transformToString(), 'some text')
  })
}

test('a body with another checksum than announced is refused and leaves nothing', async (t) => {
  const { s3 } = await client(t)
  const put = new PutObjectCommand({ Bucket: 'bkt', Key: 'k', Body: 'some text', ChecksumCRC32: 'AAAAAA==' })
  await assert.rejects(s3.send(put), { name: 'BadDigest' })
  await assert.rejects(s3.send(new HeadObjectCommand({ Bucket: 'bkt', Key: 'k' })), { name: 'NotFound' })
})

test('the SDK uploads a large stream in parts and reads it back', async (t) => {
  const { s3 } = await client(t)
  const bytes = randomBytes(23 * 2 ** 20)
  const chunks = Array.from({ length: 23 }, (_, at) => bytes.subarray(at * 2 ** 20, (at + 1) * 2 ** 20))
  const params = { Bucket: 'bkt', Key: 'large', Body: Readable.from(chunks), ContentType: 'x/y' }
  const done = await new Upload({ client: s3, params, queueSize: 3, partSize: 5 * 2 ** 20 }).done()
  assert.match(done.ETag ?? '', /^"[0-9a-f]{32}-5"$/)
  assert.ok(bytes.equals(await content(s3, 'large')))
})

test('an upload that is aborted leaves nothing', async (t) => {
  const { s3 } = await client(t)
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: 'bkt', Key: 'k' }))
  const abort = () => s3.send(new AbortMultipartUploadCommand({ Bucket: 'bkt', Key: 'k', UploadId }))
  await abort()
  await assert.rejects(abort(), { name: 'NoSuchUpload' })
})

test('the SDK pages through a list', async (t) => {
  const { s3 } = await client(t)
  const keys = ['a b', 'c+d', 'dir/x', 'dir/y', 'e&<é', 'f', 'g'].sort()
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: 'bkt', Key, Body: '' }))
  const seen = new Set<string | undefined>()
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket: 'bkt', Delimiter: '/' })) {
    for (const { Prefix } of page.CommonPrefixes ?? []) seen.add(Prefix)
    for (const { Key } of page.Contents ?? []) seen.add(Key)
  }
  assert.deepEqual(seen, new Set(['a b', 'c+d', 'dir/', 'e&<é', 'f', 'g']))
  const first = await s3.send(new ListObjectsCommand({ Bucket: 'bkt', Prefix: 'dir/' }))
  assert.deepEqual(
    first.Contents?.map((each) => each.Key),
    ['dir/x', 'dir/y'],
  )
})

test('errors have their S3 names', async (t) => {
  const { s3 } = await client(t)
  await assert.rejects(content(s3, 'missing'), { name: 'NoSuchKey' })
  await s3.send(new PutObjectCommand({ Bucket: 'bkt', Key: 'k', Body: 'x' }))
  await assert.rejects(content(s3, 'k', 'bytes=5-'), { name: 'InvalidRange' })
  const conditional = new GetObjectCommand({ Bucket: 'bkt', Key: 'k', IfMatch: '"other"' })
  await assert.rejects(s3.send(conditional), { name: 'PreconditionFailed' })
  const put = new PutObjectCommand({ Bucket: 'bkt', Key: 'k', Body: 'y', IfNoneMatch: '*' })
  await assert.rejects(s3.send(put), { name: 'PreconditionFailed' })
  assert.equal((await content(s3, 'k')).toString(), 'x')
  await s3.send(new DeleteObjectCommand({ Bucket: 'bkt', Key: 'k' }))
  await assert.rejects(content(s3, 'k'), { name: 'NoSuchKey' })
})

test("a job's session reaches no other bucket", async (t) => {
  const { s3 } = await client(t, JOB)
  await s3.send(new PutObjectCommand({ Bucket: 'bkt', Key: 'k', Body: 'x' }))
  assert.equal((await content(s3, 'k')).toString(), 'x')
  const other = new PutObjectCommand({ Bucket: 'not-its-own', Key: 'k', Body: 'x' })
  await assert.rejects(s3.send(other), { name: 'AccessDenied' })
  const { Buckets } = await s3.send(new ListBucketsCommand({}))
  assert.deepEqual(
    Buckets?.map((bucket) => bucket.Name),
    ['bkt'],
  )
})
