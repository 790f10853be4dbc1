import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DescribeTrainingJobCommand, SageMakerClient, StopTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { startTrainyard } from 'trainyard/testing'
import { train } from './pipeline.mjs'

let server
let sagemaker
let jobs = 0

before(async () => {
  // Exactly what each type has, and no GPU to be had.
  server = await startTrainyard({ configuration: 'fleet: { policy: fit, gpus: 0 }' })
  const { endpoint, region, credentials } = server
  sagemaker = new SageMakerClient({ endpoint, region, credentials })
})
after(async () => {
  sagemaker.destroy()
  await server.close()
})

function request(script, more = {}) {
  return {
    TrainingJobName: `job-${++jobs}`,
    RoleArn: 'arn:aws:iam::111122223333:role/Training',
    AlgorithmSpecification: { TrainingImage: 'my-image', TrainingInputMode: 'File' },
    OutputDataConfig: { S3OutputPath: `s3://${server.bucket}/models` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 10 },
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    Environment: { TRAINYARD_SIMULATE: script },
    ...more,
  }
}

const anHour = () => server.advance('1h')

const ENDINGS = [
  { script: 'run 3h; model 1MiB', step: /^register s3:.*\/model\.tar\.gz$/ },
  {
    script: 'exit 1 at 40s; failure "no such column"',
    step: /^tell its author: AlgorithmError: no such column, exit code: 1$/,
  },
  {
    script: 'out of memory at 2h',
    step: /^tell its author: ClientError: Please use an instance type with more memory/,
  },
  { script: 'fail download client "gone"', step: /^tell its author: ClientError: Data download failed:gone$/ },
  { script: 'lost at 2h', step: /^try again later$/ },
  { script: 'attempt 1: lost at 2h', more: { RetryStrategy: { MaximumRetryAttempts: 1 } }, step: /^register / },
  { script: 'run 2d', step: /^ask for more time$/ },
  {
    script: 'run 3h',
    more: { ResourceConfig: { InstanceType: 'ml.p5.48xlarge', InstanceCount: 1, VolumeSizeInGB: 10 } },
    step: /^ask for another instance type$/,
  },
]
for (const { script, more, step } of ENDINGS)
  test(`the pipeline knows what to do after: ${script}`, async () => {
    assert.match(await train(sagemaker, request(script, more), anHour), step)
  })

test('a job that is stopped is left alone', async () => {
  const wanted = request('run 3h')
  const stop = async () => {
    await anHour()
    await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: wanted.TrainingJobName })).catch(() => {})
    await server.runUntilIdle()
  }
  assert.equal(await train(sagemaker, wanted, stop), 'nothing: somebody stopped it')
})

function spot(script, MaxRuntimeInSeconds, MaxWaitTimeInSeconds) {
  return request(script, {
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds, MaxWaitTimeInSeconds },
  })
}

test('a spot job that is interrupted goes on from its checkpoint and completes', async () => {
  const wanted = spot('run 5h; checkpoint every 1h', 36_000, 86_400)
  let looks = 0
  const pause = async () => {
    await anHour()
    if (++looks === 3) assert.ok(await server.interrupt(wanted.TrainingJobName))
  }
  assert.match(await train(sagemaker, wanted, pause), /^register /)
  const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: wanted.TrainingJobName }))
  const statuses = job.SecondaryStatusTransitions.map(({ Status }) => Status)
  assert.deepEqual(statuses.slice(2, 6), ['Training', 'Interrupted', 'Starting', 'Downloading'])
})

test('a spot job that is interrupted too often runs out of its time to wait', async () => {
  const wanted = spot('launch 20m; run 3h', 14_400, 14_400)
  let looks = 0
  const pause = async () => {
    await anHour()
    if (++looks < 4) await server.interrupt(wanted.TrainingJobName)
  }
  assert.equal(await train(sagemaker, wanted, pause), 'run it on demand')
})
