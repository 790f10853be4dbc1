import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobEvent } from '../../../src/lifecycle/advance.ts'
import { jobRecord } from '../../../src/operations/own/job-record.ts'
import { recordEvent } from '../../../src/store/record-event.ts'
import { testCall } from '../test-call.ts'
import { MINIMAL, sagemakerFixture, type SageMakerFixture } from './sagemaker-fixture.ts'

const NAME = { TrainingJobName: 'job-1' }

async function play(fixture: SageMakerFixture, ...events: JobEvent[]): Promise<void> {
  const jobId = fixture.woken[0] ?? ''
  for (const event of events)
    assert.equal((await recordEvent(fixture.store, fixture.clock, { jobId, event })).kind, 'recorded')
}

test('Delete writes the intent at once, twice is once, and the name is taken until the job is gone', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', MINIMAL)
  await play(fixture, { kind: 'failed', reason: 'x' })
  assert.equal(await fixture.call('DeleteTrainingJob', NAME), undefined)
  assert.equal(await fixture.call('DeleteTrainingJob', NAME), undefined)
  const described = await fixture.call('DescribeTrainingJob', NAME)
  assert.deepEqual([described['TrainingJobStatus'], described['SecondaryStatus']], ['Deleting', 'Failed'])
  assert.equal((await fixture.refusal('CreateTrainingJob', MINIMAL)).code, 'ResourceInUse')
  const [id = ''] = fixture.woken
  assert.deepEqual(fixture.woken, [id, id, id])
  assert.deepEqual(await fixture.store.unfinishedJobs(), [{ id }])
  assert.equal(await fixture.store.deleteJob(id, []), true)
  const error = await fixture.refusal('DeleteTrainingJob', NAME)
  assert.deepEqual([error.code, error.message], ['ValidationException', 'Requested resource not found.'])
  await fixture.call('CreateTrainingJob', MINIMAL)
  assert.equal((await fixture.call('DescribeTrainingJob', NAME))['TrainingJobStatus'], 'InProgress')
})

test('a job that is not over cannot be deleted', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', MINIMAL)
  const text = (status: string) => `The request was rejected because the training job is in status ${status}.`
  for (const status of ['InProgress', 'Stopping']) {
    if (status === 'Stopping') await fixture.call('StopTrainingJob', NAME)
    const error = await fixture.refusal('DeleteTrainingJob', NAME)
    assert.deepEqual([error.code, error.message], ['ResourceInUse', text(status)])
  }
})

test('Update shows what it changed, keeps the rest, and says in the journal that nothing of it is done', async () => {
  await using fixture = await sagemakerFixture()
  const ProfilerConfig = { S3OutputPath: 's3://bucket/profile', ProfilingIntervalInMilliseconds: 500 }
  await fixture.call('CreateTrainingJob', { ...MINIMAL, ProfilerConfig })
  const before = await fixture.call('DescribeTrainingJob', NAME)
  await fixture.clock.advance(5)
  await play(fixture, { kind: 'downloading' })
  const update = {
    ...NAME,
    ProfilerConfig: { ProfilingIntervalInMilliseconds: 100 },
    ProfilerRuleConfigurations: [{ RuleConfigurationName: 'r', RuleEvaluatorImage: 'i' }],
    RemoteDebugConfig: { EnableRemoteDebug: true },
  }
  const { TrainingJobArn } = await fixture.call('UpdateTrainingJob', update)
  assert.equal(TrainingJobArn, before['TrainingJobArn'])
  const after = await fixture.call('DescribeTrainingJob', NAME)
  assert.deepEqual(after['ProfilerConfig'], { ...ProfilerConfig, ProfilingIntervalInMilliseconds: 100 })
  assert.deepEqual(after['ProfilerRuleConfigurations'], update.ProfilerRuleConfigurations)
  assert.deepEqual(after['RemoteDebugConfig'], update.RemoteDebugConfig)
  for (const member of ['StoppingCondition', 'OutputDataConfig', 'ResourceConfig', 'AlgorithmSpecification'])
    assert.deepEqual(after[member], before[member])
  const record = jobRecord({ store: fixture.store, clock: fixture.clock, logsFolder: '/logs' })
  const { body } = await record({ parameters: { name: 'job-1' } }, testCall())
  const { notHonoured } = body as { readonly notHonoured: readonly { readonly member: string }[] }
  assert.deepEqual(
    notHonoured.map(({ member }) => member),
    [
      'ResourceConfig.VolumeSizeInGB',
      'ProfilerConfig',
      'ProfilerConfig',
      'ProfilerRuleConfigurations',
      'RemoteDebugConfig',
    ],
  )
})

test('Update is refused when it is empty, of a job that is not in the stage for it, and of a warm pool', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', MINIMAL)
  const refusal = async (members: object) => {
    const { code, message } = await fixture.refusal('UpdateTrainingJob', { ...NAME, ...members })
    assert.equal(code, 'ValidationException')
    return message
  }
  const debug = { RemoteDebugConfig: { EnableRemoteDebug: true } }
  const profiler = { ProfilerConfig: { DisableProfiler: true } }
  const pool = { ResourceConfig: { KeepAlivePeriodInSeconds: 0 } }
  const rejected = 'The request was rejected because the training job is in status '
  assert.equal(await refusal({}), 'Invalid UpdateTrainingJobRequest, the request cannot be empty')
  assert.equal(await refusal(debug), `${rejected}InProgress.`)
  assert.equal(await refusal(pool), `${rejected}InProgress.`)
  await fixture.call('UpdateTrainingJob', { ...NAME, ...profiler })
  await play(fixture, { kind: 'downloading' }, { kind: 'training' })
  await fixture.call('UpdateTrainingJob', { ...NAME, ...debug })
  await fixture.call('StopTrainingJob', NAME)
  assert.equal(await refusal(profiler), `${rejected}Stopping.`)
  await play(fixture, { kind: 'finished' })
  assert.equal(await refusal(profiler), `${rejected}Stopped.`)
  assert.equal(await refusal({ TrainingJobName: 'none', ...debug }), 'Requested resource not found.')
})
