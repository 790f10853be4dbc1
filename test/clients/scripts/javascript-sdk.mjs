// The SDK for JavaScript: streams, large objects, jobs and their log. A program of its own, so that it has its own environment.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker, paginateListTrainingJobs, waitUntilTrainingJobCompletedOrStopped } from '@aws-sdk/client-sagemaker'
import { STS } from '@aws-sdk/client-sts'
import { Upload } from '@aws-sdk/lib-storage'

const GROUP = '/aws/sagemaker/TrainingJobs'
const MIB = 2 ** 20

const s3 = new S3()
const sagemaker = new SageMaker()
const { Account: account } = await new STS().getCallerIdentity({})
const Bucket = `sagemaker-us-east-1-${account}`

/** A body that is made while it is sent, so that its length and sum are not known before. */
function streamed(blocks) {
  const block = randomBytes(MIB)
  const digest = createHash('sha256')
  const body = Readable.from(
    (function* () {
      for (let at = 0; at < blocks; at += 1) {
        digest.update(block)
        yield block
      }
    })(),
  )
  return { body, digest }
}

async function digestOf(body) {
  const digest = createHash('sha256')
  for await (const chunk of body) digest.update(chunk)
  return digest.digest('hex')
}

async function create(name, line) {
  await sagemaker.createTrainingJob({
    TrainingJobName: name,
    RoleArn: `arn:aws:iam::${account}:role/SageMakerRole`,
    AlgorithmSpecification: {
      TrainingImage: '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['/bin/sh', '-c'],
      ContainerArguments: [line],
    },
    OutputDataConfig: { S3OutputPath: `s3://${Bucket}/output` },
    ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 10 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  })
}

async function wait(name) {
  const waiting = { client: sagemaker, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }
  await waitUntilTrainingJobCompletedOrStopped(waiting, { TrainingJobName: name })
  return sagemaker.describeTrainingJob({ TrainingJobName: name })
}

test('Upload sends a stream of unknown length in parts, and getObject streams it back', async () => {
  const { body, digest } = streamed(20)
  await new Upload({ client: s3, params: { Bucket, Key: 'js/large', Body: body } }).done()
  const { Body, ContentLength } = await s3.getObject({ Bucket, Key: 'js/large' })
  assert.equal(ContentLength, 20 * MIB)
  assert.equal(await digestOf(Body), digest.digest('hex'))
})

test('putObject sends a stream of known length with a checksum after it', async () => {
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']) {
    const { body, digest } = streamed(2)
    const put = await s3.putObject({ Bucket, Key: 'js/put', Body: body, ContentLength: 2 * MIB, ChecksumAlgorithm })
    const got = await s3.getObject({ Bucket, Key: 'js/put', ChecksumMode: 'ENABLED' })
    assert.equal(await digestOf(got.Body), digest.digest('hex'))
    assert.ok(put[`Checksum${ChecksumAlgorithm}`], ChecksumAlgorithm)
    assert.equal(got[`Checksum${ChecksumAlgorithm}`], put[`Checksum${ChecksumAlgorithm}`])
  }
})

test('ranges, heads and errors', async () => {
  await s3.putObject({ Bucket, Key: 'js/small', Body: '0123456789' })
  const { Body, ContentRange } = await s3.getObject({ Bucket, Key: 'js/small', Range: 'bytes=3-5' })
  assert.equal(await Body.transformToString(), '345')
  assert.equal(ContentRange, 'bytes 3-5/10')
  await assert.rejects(s3.getObject({ Bucket, Key: 'js/none' }), { name: 'NoSuchKey' })
  await assert.rejects(s3.headObject({ Bucket, Key: 'js/none' }), { name: 'NotFound' })
  await assert.rejects(s3.listObjectsV2({ Bucket: 'js-missing' }), { name: 'NoSuchBucket' })
})

test('a job runs, and its log is read', async () => {
  await create('js-quick', 'echo hello; echo again >&2; echo loss=0.5')
  const { TrainingJobStatus, TrainingStartTime, CreationTime } = await wait('js-quick')
  assert.equal(TrainingJobStatus, 'Completed')
  assert.ok(TrainingStartTime >= CreationTime)
  const logs = new CloudWatchLogs()
  const { logStreams } = await logs.describeLogStreams({ logGroupName: GROUP, logStreamNamePrefix: 'js-quick/' })
  const [{ logStreamName }] = logStreams
  const { events } = await logs.getLogEvents({ logGroupName: GROUP, logStreamName, startFromHead: true })
  assert.deepEqual(
    events.map(({ message }) => message),
    ['hello', 'again', 'loss=0.5'],
  )
})

test('a failed job gives its exit code', async () => {
  await create('js-fails', 'exit 7')
  await assert.rejects(wait('js-fails'))
  const { TrainingJobStatus, FailureReason } = await sagemaker.describeTrainingJob({ TrainingJobName: 'js-fails' })
  assert.equal(TrainingJobStatus, 'Failed')
  assert.equal(FailureReason, 'AlgorithmError: , exit code: 7')
})

test('jobs are listed by page', async () => {
  const names = ['js-page-1', 'js-page-2', 'js-page-3']
  for (const name of names) {
    await create(name, 'true')
    await wait(name)
  }
  const found = []
  const request = { NameContains: 'js-page', MaxResults: 1 }
  for await (const page of paginateListTrainingJobs({ client: sagemaker }, request))
    found.push(...page.TrainingJobSummaries)
  assert.deepEqual(
    found.map(({ TrainingJobName }) => TrainingJobName),
    names.toReversed(),
  )
})

test('jobs are tagged, searched for and deleted', async () => {
  await create('js-gone', 'true')
  const { TrainingJobArn: ResourceArn } = await wait('js-gone')
  await sagemaker.addTags({ ResourceArn, Tags: [{ Key: 'stage', Value: 'trial' }] })
  const { Tags } = await sagemaker.listTags({ ResourceArn })
  assert.deepEqual(Tags, [{ Key: 'stage', Value: 'trial' }])
  const search = { Resource: 'TrainingJob', SearchExpression: { Filters: [{ Name: 'Tags.stage', Value: 'trial' }] } }
  const { Results } = await sagemaker.search(search)
  assert.deepEqual(
    Results.map(({ TrainingJob }) => TrainingJob.TrainingJobName),
    ['js-gone'],
  )
  assert.ok(Results[0].TrainingJob.CreationTime instanceof Date)
  await sagemaker.deleteTrainingJob({ TrainingJobName: 'js-gone' })
  const described = () => sagemaker.describeTrainingJob({ TrainingJobName: 'js-gone' }).catch(({ message }) => message)
  for (let tries = 0; tries < 300 && (await described()) !== 'Requested resource not found.'; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(await described(), 'Requested resource not found.')
})

test('errors are the classes of the SDK', async () => {
  await assert.rejects(sagemaker.describeTrainingJob({ TrainingJobName: 'nobody' }), {
    name: 'ValidationException',
    message: 'Requested resource not found.',
  })
  await assert.rejects(create('js-page-1', 'true'), { name: 'ResourceInUse' })
})
