import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { ListModelsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { S3Service } from '../../src/operations/s3/s3-request.ts'
import type { Service } from '../../src/operations/operation.ts'
import { stsService } from '../../src/operations/sts/service.ts'
import { AwsError } from '../../src/protocol/errors.ts'
import { ACCOUNT, OWNER, recordingS3, startFront, type RunningFront } from './front-fixture.ts'

const sagemaker: Service = {
  name: 'sagemaker',
  protocol: 'json',
  targetPrefix: 'SageMaker',
  jsonVersion: '1.1',
  errorMember: 'message',
  operations: {},
}

test('STS answers the JavaScript SDK', async (t) => {
  const front = await startFront(t, { services: [stsService()] })
  const sts = client(t, new STSClient(options(front)))
  assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Account, ACCOUNT)
})

test('the JavaScript SDK reads the code, the text and the request id of an error', async (t) => {
  const front = await startFront(t, { services: [sagemaker] })
  const models = client(t, new SageMakerClient(options(front)))
  await assert.rejects(
    models.send(new ListModelsCommand({})),
    (error: Error & { $metadata?: { requestId?: string } }) => {
      assert.deepEqual(
        [error.name, error.message],
        ['UnknownOperationException', 'This server does not have operation ListModels of sagemaker.'],
      )
      assert.match(error.$metadata?.requestId ?? '', /^[0-9a-f-]{36}$/)
      return true
    },
  )
})

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)
  test(`the JavaScript SDK streams an object with a ${algorithm} trailer`, async (t) => {
    const s3 = recordingS3()
    const front = await startFront(t, { s3: s3.service })
    const objects = client(t, new S3Client({ ...options(front), forcePathStyle: true }))
    const pieces = Array.from({ length: 5 }, (_, at) => Buffer.alloc(50_000, at))
    await objects.send(
      new PutObjectCommand({
        Bucket: 'bkt',
        Key: 'a b/ü+*~!.txt',
        Body: Readable.from(pieces),
        ContentLength: 250_000,
        ChecksumAlgorithm: algorithm,
      }),
    )
    assert.deepEqual(s3.requests[0]?.content, Buffer.concat(pieces))
    assert.equal(s3.requests[0]?.key, 'a b/ü+*~!.txt')
    assert.equal(s3.requests[0]?.checksum?.algorithm, algorithm)
  })

test('the JavaScript SDK reads an object, and NotFound from a HEAD without a body', async (t) => {
  const s3: S3Service = async ({ method }) => {
    if (method === 'HEAD') throw new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404 })
    return { status: 200, headers: { 'content-length': '5' }, body: Readable.from([Buffer.from('hello')]) }
  }
  const front = await startFront(t, { s3 })
  const objects = client(t, new S3Client({ ...options(front), forcePathStyle: true }))
  const got = await objects.send(new GetObjectCommand({ Bucket: 'bkt', Key: 'k' }))
  assert.equal(await got.Body?.transformToString(), 'hello')
  await assert.rejects(objects.send(new HeadObjectCommand({ Bucket: 'bkt', Key: 'k' })), { name: 'NotFound' })
})

test('the JavaScript SDK sets its clock by ours and tries again', async (t) => {
  const ahead = Date.now() + 3_600_000
  const front = await startFront(t, {
    services: [stsService()],
    s3: recordingS3().service,
    wireClock: { now: () => ahead },
  })
  const objects = client(t, new S3Client({ ...options(front), forcePathStyle: true }))
  const put = await objects.send(new PutObjectCommand({ Bucket: 'bkt', Key: 'k', Body: 'x' }))
  assert.equal(put.$metadata.attempts, 2)
})

function options(front: RunningFront) {
  return { endpoint: `http://${front.host}`, region: 'us-east-1', credentials: OWNER, maxAttempts: 2 }
}

function client<Client extends { destroy(): void }>(t: TestContext, made: Client): Client {
  t.after(() => made.destroy())
  return made
}
