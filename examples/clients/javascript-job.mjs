// Trains on the handwritten digits with the AWS SDK for JavaScript: upload, create, wait, read the log, fetch the model.
//
//     npm install @aws-sdk/client-sagemaker @aws-sdk/client-cloudwatch-logs @aws-sdk/client-s3 @aws-sdk/client-sts @aws-sdk/lib-storage
//     node javascript-job.mjs
//
// There is no endpoint in here: against Trainyard it runs with the variables of `trainyard env`, against AWS without them (and
// with a role of yours).
import { execFileSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker, waitUntilTrainingJobCompletedOrStopped } from '@aws-sdk/client-sagemaker'
import { STS } from '@aws-sdk/client-sts'
import { Upload } from '@aws-sdk/lib-storage'

const DIGITS = join(import.meta.dirname, '../digits')
const LOG_GROUP = '/aws/sagemaker/TrainingJobs'

const sagemaker = new SageMaker()
const s3 = new S3()
const logs = new CloudWatchLogs()

const { Account: account } = await new STS().getCallerIdentity({})
const bucket = `sagemaker-${await sagemaker.config.region()}-${account}`
const job = `digits-javascript-${Math.floor(Date.now() / 1000)}`

async function upload(path, key) {
  await new Upload({
    client: s3,
    params: { Bucket: bucket, Key: `${job}/${key}`, Body: createReadStream(path) },
  }).done()
}

function channel(name) {
  const source = { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/${job}/${name}/` }
  return { ChannelName: name, DataSource: { S3DataSource: source }, ContentType: 'text/csv' }
}

// The data as it is, the script as the archive that SageMaker's script mode takes.
const work = mkdtempSync(join(tmpdir(), 'digits-'))
try {
  const archive = join(work, 'sourcedir.tar.gz')
  execFileSync('tar', ['-czf', archive, '-C', DIGITS, 'train.py'])
  await upload(archive, 'sourcedir.tar.gz')
} finally {
  rmSync(work, { recursive: true })
}
for (const name of ['train', 'test']) await upload(join(DIGITS, name, 'digits.csv'), `${name}/digits.csv`)

await sagemaker.createTrainingJob({
  TrainingJobName: job,
  RoleArn: `arn:aws:iam::${account}:role/SageMakerRole`,
  AlgorithmSpecification: {
    TrainingImage: '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312',
    TrainingInputMode: 'File',
    MetricDefinitions: [{ Name: 'accuracy', Regex: 'accuracy=([0-9.]+)' }],
  },
  HyperParameters: {
    sagemaker_program: 'train.py',
    sagemaker_submit_directory: `s3://${bucket}/${job}/sourcedir.tar.gz`,
    epochs: '3',
  },
  InputDataConfig: [channel('train'), channel('test')],
  OutputDataConfig: { S3OutputPath: `s3://${bucket}/output` },
  ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 10 },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
})
console.log(`created ${job}`)

await waitUntilTrainingJobCompletedOrStopped(
  { client: sagemaker, maxWaitTime: 600, minDelay: 1, maxDelay: 2 },
  { TrainingJobName: job },
)
const description = await sagemaker.describeTrainingJob({ TrainingJobName: job })
for (const { Status, StatusMessage } of description.SecondaryStatusTransitions ?? []) {
  console.log(`${Status?.padEnd(12)} ${StatusMessage}`)
}

const { logStreams = [] } = await logs.describeLogStreams({ logGroupName: LOG_GROUP, logStreamNamePrefix: `${job}/` })
for (const { logStreamName } of logStreams) {
  const { events = [] } = await logs.getLogEvents({ logGroupName: LOG_GROUP, logStreamName, startFromHead: true })
  for (const { message } of events) console.log(`  ${message}`)
}

const model = new URL(description.ModelArtifacts?.S3ModelArtifacts ?? '')
const { Body: body } = await s3.getObject({ Bucket: model.host, Key: model.pathname.slice(1) })
mkdirSync(job)
const target = resolve(job, 'model.tar.gz')
await pipeline(body, createWriteStream(target))
console.log(`model is in ${target}`)
