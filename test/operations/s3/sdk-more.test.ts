import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CopyObjectCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListParts,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCopyCommand,
  waitUntilBucketExists,
  waitUntilBucketNotExists,
  waitUntilObjectExists,
  waitUntilObjectNotExists,
} from '@aws-sdk/client-s3'
import { presignQuery } from '../../../src/protocol/sigv4-sign.ts'
import { JOB, OWNER } from '../../http/front-fixture.ts'
import { md5, pattern } from '../../objects/bodies.ts'
import { client } from './sdk-client.ts'

const K = { Bucket: 'bkt', Key: 'ä/k+1' }
const SOURCE = `bkt/${encodeURIComponent('ä/k+1')}`
const WAIT = { minDelay: 1, maxDelay: 1, maxWaitTime: 30 }

test('the SDK copies, with and without new metadata, and under conditions', async (t) => {
  const { s3 } = await client(t)
  const { ETag } = await s3.send(new PutObjectCommand({ ...K, Body: 'text', Metadata: { a: 'b' }, Tagging: 'x=y' }))
  const copy = { Bucket: 'bkt', Key: 'copy', CopySource: SOURCE }
  const { CopyObjectResult } = await s3.send(new CopyObjectCommand(copy))
  assert.equal(CopyObjectResult?.ETag, ETag)
  assert.ok(CopyObjectResult?.LastModified instanceof Date)
  assert.ok(CopyObjectResult.ChecksumCRC32)
  const replaced = { ...copy, MetadataDirective: 'REPLACE', Metadata: { c: 'd' }, ChecksumAlgorithm: 'SHA256' } as const
  await s3.send(new CopyObjectCommand(replaced))
  const got = await s3.send(new GetObjectCommand({ Bucket: 'bkt', Key: 'copy', ChecksumMode: 'ENABLED' }))
  assert.deepEqual([await got.Body?.transformToString(), got.Metadata, got.TagCount], ['text', { c: 'd' }, 1])
  assert.ok(got.ChecksumSHA256)
  const other = new CopyObjectCommand({ ...copy, CopySourceIfNoneMatch: ETag })
  await assert.rejects(s3.send(other), { name: 'PreconditionFailed' })
  await assert.rejects(s3.send(new CopyObjectCommand({ ...copy, IfNoneMatch: '*' })), { name: 'PreconditionFailed' })
})

test('the SDK makes a large object of ranges of another, and reads its parts and attributes', async (t) => {
  const { s3 } = await client(t)
  const bytes = pattern(11 * 2 ** 20)
  await s3.send(new PutObjectCommand({ ...K, Body: bytes }))
  const target = { Bucket: 'bkt', Key: 'large' }
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32C' }))
  const cut = 6 * 2 ** 20
  for (const [at, range] of [`bytes=0-${cut - 1}`, `bytes=${cut}-${bytes.length - 1}`].entries())
    await s3.send(
      new UploadPartCopyCommand({
        ...target,
        UploadId,
        PartNumber: at + 1,
        CopySource: SOURCE,
        CopySourceRange: range,
      }),
    )
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket: 'bkt' }))
  assert.deepEqual(
    Uploads?.map((upload) => [upload.Key, upload.UploadId]),
    [['large', UploadId]],
  )
  const Parts = []
  for await (const page of paginateListParts({ client: s3, pageSize: 1 }, { ...target, UploadId })) {
    assert.equal(page.Parts?.length, 1)
    for (const { PartNumber, ETag, ChecksumCRC32C } of page.Parts) Parts.push({ PartNumber, ETag, ChecksumCRC32C })
  }
  const done = { ...target, UploadId, MultipartUpload: { Parts }, IfNoneMatch: '*', MpuObjectSize: bytes.length }
  await s3.send(new CompleteMultipartUploadCommand(done))
  const part = await s3.send(new GetObjectCommand({ ...target, PartNumber: 2 }))
  assert.equal(part.PartsCount, 2)
  assert.equal(md5((await part.Body?.transformToByteArray()) ?? new Uint8Array()), md5(bytes.subarray(cut)))
  const ObjectAttributes = ['ObjectParts', 'ObjectSize', 'Checksum'] as const
  const attributes = await s3.send(
    new GetObjectAttributesCommand({ ...target, ObjectAttributes: [...ObjectAttributes] }),
  )
  assert.deepEqual([attributes.ObjectParts?.TotalPartsCount, attributes.ObjectSize], [2, bytes.length])
  assert.equal(attributes.ObjectParts?.Parts?.[1]?.ChecksumCRC32C, Parts[1]?.ChecksumCRC32C)
  assert.equal(attributes.Checksum?.ChecksumType, 'COMPOSITE')
})

test('the SDK tags objects', async (t) => {
  const { s3 } = await client(t)
  await s3.send(new PutObjectCommand({ ...K, Body: 'x' }))
  const TagSet = [{ Key: 'a', Value: 'b c' }]
  await s3.send(new PutObjectTaggingCommand({ ...K, Tagging: { TagSet } }))
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand(K))).TagSet, TagSet)
  await s3.send(new DeleteObjectTaggingCommand(K))
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand(K))).TagSet, [])
})

test('the SDK deletes many objects and then their bucket, and its waiters see it come and go', async (t) => {
  const { s3 } = await client(t)
  const Bucket = 'short-lived'
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }))
  await waitUntilBucketExists({ client: s3, ...WAIT }, { Bucket })
  assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, 'eu-west-1')
  assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined)
  for (const Key of ['a', 'b']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  await waitUntilObjectExists({ client: s3, ...WAIT }, { Bucket, Key: 'a' })
  await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket })), { name: 'BucketNotEmpty' })
  const Objects = [{ Key: 'a' }, { Key: 'b', ETag: '"other"' }, { Key: 'missing' }]
  const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.deepEqual(
    Deleted?.map(({ Key }) => Key),
    ['a', 'missing'],
  )
  assert.deepEqual(
    Errors?.map(({ Key, Code }) => [Key, Code]),
    [['b', 'PreconditionFailed']],
  )
  await waitUntilObjectNotExists({ client: s3, ...WAIT }, { Bucket, Key: 'a' })
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b' }], Quiet: true } }))
  await s3.send(new DeleteBucketCommand({ Bucket }))
  await waitUntilBucketNotExists({ client: s3, ...WAIT }, { Bucket })
})

test("a job's session copies from its own buckets only", async (t) => {
  const { s3, owner } = await client(t, JOB)
  await owner.send(new PutObjectCommand({ Bucket: 'not-its-own', Key: 'k', Body: 'secret' }))
  const theft = new CopyObjectCommand({ Bucket: 'bkt', Key: 'k', CopySource: 'not-its-own/k' })
  await assert.rejects(s3.send(theft), { name: 'AccessDenied' })
  await assert.rejects(s3.send(new HeadObjectCommand({ Bucket: 'bkt', Key: 'k' })), { name: 'NotFound' })
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: 'bkt', Key: 'k' }))
  const part = { Bucket: 'bkt', Key: 'k', UploadId, PartNumber: 1, CopySource: 'not-its-own/k' }
  await assert.rejects(s3.send(new UploadPartCopyCommand(part)), { name: 'AccessDenied' })
  const deletion = { Bucket: 'not-its-own', Delete: { Objects: [{ Key: 'k' }] } }
  await assert.rejects(s3.send(new DeleteObjectsCommand(deletion)), { name: 'AccessDenied' })
  await owner.send(new HeadObjectCommand({ Bucket: 'not-its-own', Key: 'k' }))
})

test('an address that is presigned with Version 4 needs no SDK', async (t) => {
  const { s3, host } = await client(t)
  const sign = (method: string, query: string) => {
    const request = { method, path: '/bkt/pre%20signed', query, headers: { host } }
    const options = { credentials: OWNER, service: 's3', region: 'us-east-1', now: Date.now() }
    return `http://${host}${request.path}?${presignQuery(request, 60, options)}`
  }
  const body = Buffer.from('some text')
  assert.equal((await fetch(sign('PUT', 'x-amz-meta-a=b'), { method: 'PUT', body })).status, 200)
  const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: 'bkt', Key: 'pre signed' }))
  assert.deepEqual(Metadata, { a: 'b' })
  const answer = await fetch(sign('GET', 'response-content-disposition=attachment%3B%20filename%3D%22a%22'))
  assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="a"')
  assert.equal(await answer.text(), 'some text')
  assert.equal((await fetch(sign('PUT', '').replace('pre%20signed', 'other'), { method: 'PUT', body })).status, 403)
})
