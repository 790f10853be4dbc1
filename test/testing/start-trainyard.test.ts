import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  StopTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  type DescribeTrainingJobCommandOutput,
} from '@aws-sdk/client-sagemaker'
import { SignedClient } from '../../src/client/signed-client.ts'
import { startTrainyard } from '../../src/testing/start-trainyard.ts'
import type { TestingServer } from '../../src/testing/testing-server.ts'

const FIVE_DAYS = 432_000

function clientOf({ endpoint, region, credentials }: TestingServer): SageMakerClient {
  return new SageMakerClient({ endpoint, region, credentials })
}

/** Creates a job that plays the script. */
async function create(
  server: TestingServer,
  name: string,
  script: string,
  more: Partial<CreateTrainingJobCommandInput> = {},
): Promise<void> {
  const client = clientOf(server)
  await client.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: 'arn:aws:iam::111122223333:role/Role',
      AlgorithmSpecification: {
        TrainingImage: '123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1',
        TrainingInputMode: 'File',
      },
      OutputDataConfig: { S3OutputPath: `s3://${server.bucket}/out` },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: FIVE_DAYS },
      Environment: { TRAINYARD_SIMULATE: script },
      ...more,
    }),
  )
  client.destroy()
}

async function describe(server: TestingServer, name: string): Promise<DescribeTrainingJobCommandOutput> {
  const client = clientOf(server)
  const described = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }))
  client.destroy()
  return described
}

const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: FIVE_DAYS + 7200, MaxWaitTimeInSeconds: 10 * 86_400 },
}
const FIVE_DAY_SCRIPT =
  'run 5d; checkpoint every 10m; log every 6h "epoch {n} loss={loss}"; metric loss from 2 to 0.1; model 1KiB'

/** A five-day spot job with seven interruptions. @returns all that is told of it */
async function fiveDays(
  seed: string,
): Promise<{ readonly text: string; readonly job: DescribeTrainingJobCommandOutput }> {
  await using server = await startTrainyard({ seed })
  const AlgorithmSpecification: CreateTrainingJobCommandInput['AlgorithmSpecification'] = {
    TrainingImage: 'any',
    TrainingInputMode: 'File',
    MetricDefinitions: [{ Name: 'loss', Regex: 'loss=([0-9.]+)' }],
  }
  await create(server, 'five-days', FIVE_DAY_SCRIPT, { ...SPOT, AlgorithmSpecification })
  for (let time = 0; time < 7; time++) {
    await server.advance('15h')
    assert.ok(await server.interrupt('five-days'))
  }
  assert.ok(await server.runUntilIdle())
  return { text: JSON.stringify(await server.history('five-days')), job: await describe(server, 'five-days') }
}

test('a five-day spot job with seven interruptions goes on from its checkpoints and completes', async () => {
  const { job } = await fiveDays('a')
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
  const statuses = (job.SecondaryStatusTransitions ?? []).map(({ Status }) => Status)
  assert.equal(statuses.filter((status) => status === 'Interrupted').length, 7)
  assert.equal(statuses.filter((status) => status === 'Training').length, 8)
  assert.ok((job.TrainingTimeInSeconds ?? 0) >= FIVE_DAYS, String(job.TrainingTimeInSeconds))
  assert.ok((job.TrainingTimeInSeconds ?? 0) < FIVE_DAYS + 8 * 610, String(job.TrainingTimeInSeconds))
  assert.equal(job.FinalMetricDataList?.[0]?.Value?.toFixed(3), '0.100')
})

test('the same seed and the same calls give the same bytes, another seed others', async () => {
  const first = await fiveDays('a')
  assert.equal((await fiveDays('a')).text, first.text)
  assert.notEqual((await fiveDays('b')).text, first.text)
})

test('nothing is left behind, and time stands still until it is moved', async (t) => {
  // Other programs' servers are none of this one's business.
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-temporary-'))
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    rmSync(folder, { recursive: true })
  })
  const server = await startTrainyard({ startTime: new Date('2030-01-01T00:00:00Z'), plans: { short: 'run 1s' } })
  await create(server, 'j', '@short')
  const starting = await describe(server, 'j')
  assert.equal(starting.SecondaryStatus, 'Starting')
  assert.equal(starting.CreationTime?.toISOString(), '2030-01-01T00:00:00.000Z')
  await server.advance(500)
  assert.equal(server.now().toISOString(), '2030-01-01T00:00:00.500Z')
  assert.equal((await describe(server, 'j')).SecondaryStatus, 'Starting')
  assert.equal(readdirSync(folder).length, 1)
  await server.close()
  assert.deepEqual(readdirSync(folder), [])
})

const ENDINGS: readonly (readonly [string, Partial<CreateTrainingJobCommandInput>, RegExp])[] = [
  ['run 1h', {}, /^Completed Completed undefined$/],
  ['exit 3 at 40s; failure "bad data"', {}, /^Failed Failed AlgorithmError: bad data, exit code: 3$/],
  ['out of memory at 1m', {}, /^Failed Failed ClientError: Please use an instance type with more memory/],
  ['fail download client "no such key"', {}, /^Failed Failed ClientError: Data download failed:no such key$/],
  ['fail upload client "denied"', {}, /^Failed Failed ClientError: Artifact upload failed:denied$/],
  ['lost at 1m', {}, /^Failed Failed InternalServerError: /],
  ['attempt 1: lost at 1m', { RetryStrategy: { MaximumRetryAttempts: 1 } }, /^Completed Completed undefined$/],
  ['fail launch platform', {}, /^Failed Failed InternalServerError: /],
  ['run 2h', { StoppingCondition: { MaxRuntimeInSeconds: 3600 } }, /^Stopped MaxRuntimeExceeded undefined$/],
]
for (const [script, more, expected] of ENDINGS)
  test(`a script decides how a job ends: ${script}`, async () => {
    await using server = await startTrainyard()
    await create(server, 'j', script, more)
    assert.ok(await server.runUntilIdle())
    const { TrainingJobStatus, SecondaryStatus, FailureReason } = await describe(server, 'j')
    assert.match(`${TrainingJobStatus} ${SecondaryStatus} ${FailureReason}`, expected)
  })

test('a job that ignores SIGTERM takes its whole grace to stop', async () => {
  await using server = await startTrainyard()
  await create(server, 'j', 'run 1h; ignore SIGTERM')
  await server.advance('1m')
  const client = clientOf(server)
  await client.send(new StopTrainingJobCommand({ TrainingJobName: 'j' }))
  client.destroy()
  await server.runUntilIdle()
  const job = await describe(server, 'j')
  assert.equal(job.TrainingJobStatus, 'Stopped')
  const stopping = job.SecondaryStatusTransitions?.find(({ Status }) => Status === 'Stopping')
  assert.ok(stopping?.StartTime && stopping.EndTime)
  assert.ok(stopping.EndTime.getTime() - stopping.StartTime.getTime() >= 120_000)
})

test('a script that cannot be read is refused, and the refusal points at the place', async () => {
  await using server = await startTrainyard()
  await assert.rejects(create(server, 'j', 'run 3 h'), {
    name: 'ValidationException',
    message:
      'TRAINYARD_SIMULATE cannot be read: Expected a duration such as 500ms, 40s, 2m, 3h or 5d, and this is "3", at character 5:\n  run 3 h\n      ^',
  })
  await assert.rejects(create(server, 'j', '@nothing'), { message: /names the plan nothing/ })
})

test('whoever has no right key does not move time', async () => {
  await using server = await startTrainyard()
  const { endpoint, region, credentials } = server
  const wrong = new SignedClient({ endpoint, region, credentials: { ...credentials, secretAccessKey: 'wrong' } })
  await assert.rejects(wrong.own('/-/clock/advance', { method: 'POST', input: { by: '5d' } }), {
    code: 'InvalidSignatureException',
  })
  await wrong.close()
  const right = new SignedClient({ endpoint, region, credentials })
  assert.deepEqual(await right.own('/-/clock'), { now: server.now().getTime(), virtual: true })
  assert.deepEqual(await right.own('/-/clock/advance', { method: 'POST', input: { by: '5d' } }), {
    now: server.now().getTime(),
  })
  assert.deepEqual(await right.own('/-/clock/run-until-idle', { method: 'POST' }), {
    now: server.now().getTime(),
    idle: true,
  })
  for (const by of ['soon', '99999d', ''])
    await assert.rejects(right.own('/-/clock/advance', { method: 'POST', input: { by } }), {
      code: 'ValidationException',
    })
  await right.close()
})
