import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobEvent } from '../../../src/lifecycle/advance.ts'
import { recordEvent } from '../../../src/store/record-event.ts'
import { MINIMAL, sagemakerFixture, type SageMakerFixture } from './sagemaker-fixture.ts'

const NAME = { TrainingJobName: 'job-1' }
const ResourceConfig = { ...MINIMAL.ResourceConfig, KeepAlivePeriodInSeconds: 600 }
const RUN: readonly JobEvent[] = [{ kind: 'downloading' }, { kind: 'training' }]
const COMPLETED: readonly JobEvent[] = [
  ...RUN,
  { kind: 'command-ended', outcome: { kind: 'succeeded' } },
  { kind: 'finished' },
]

async function ended(fixture: SageMakerFixture, events: readonly JobEvent[]): Promise<void> {
  await fixture.call('CreateTrainingJob', { ...MINIMAL, ResourceConfig })
  for (const event of events) await recordEvent(fixture.store, fixture.clock, { jobId: fixture.woken[0] ?? '', event })
}

function update(KeepAlivePeriodInSeconds: number): object {
  return { ...NAME, ResourceConfig: { KeepAlivePeriodInSeconds } }
}

test('Update keeps an available pool for longer, and Describe shows the period; 0 releases it', async () => {
  await using fixture = await sagemakerFixture()
  await ended(fixture, COMPLETED)
  await fixture.clock.advance(500_000)
  await fixture.call('UpdateTrainingJob', update(3600))
  const { ResourceConfig: shown } = await fixture.call('DescribeTrainingJob', NAME)
  assert.deepEqual(shown, { ...ResourceConfig, KeepAlivePeriodInSeconds: 3600 })
  const job = await fixture.store.job(fixture.woken[0] ?? '')
  const at = fixture.clock.now()
  assert.deepEqual(job?.state.warmPool, { status: 'Available', since: at - 500_000, until: at + 3_600_000 })
  await fixture.call('UpdateTrainingJob', update(0))
  const described = await fixture.call('DescribeTrainingJob', NAME)
  assert.deepEqual(described['WarmPoolStatus'], { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 500 })
  // Its supervisor is woken each time: to look at what is left of the job.
  assert.equal(fixture.woken.length, 3)
  const { code, message } = await fixture.refusal('UpdateTrainingJob', update(60))
  assert.equal(code, 'ValidationException')
  assert.match(message, /no warm pool that is Available/)
})

test('Update changes the pool of a completed job only, together with nothing else, and within bounds', async () => {
  await using fixture = await sagemakerFixture()
  await ended(fixture, [...RUN, { kind: 'failed', reason: 'AlgorithmError: , exit code: 1' }])
  const text = (status: string) => `The request was rejected because the training job is in status ${status}.`
  assert.equal((await fixture.refusal('UpdateTrainingJob', update(60))).message, text('Failed'))
  const both = { ...update(60), RemoteDebugConfig: { EnableRemoteDebug: true } }
  assert.equal((await fixture.refusal('UpdateTrainingJob', both)).message, text('Failed'))
  for (const seconds of [-1, 21_601, 1.5])
    assert.equal((await fixture.refusal('UpdateTrainingJob', update(seconds))).code, 'ValidationException')
})

test('a job whose pool is available cannot be deleted until that is released', async () => {
  await using fixture = await sagemakerFixture()
  await ended(fixture, COMPLETED)
  const error = await fixture.refusal('DeleteTrainingJob', NAME)
  assert.deepEqual(
    [error.code, error.message],
    ['ResourceInUse', 'The request was rejected because the warm pool of the training job is Available.'],
  )
  await fixture.call('UpdateTrainingJob', update(0))
  await fixture.call('DeleteTrainingJob', NAME)
})

test('a warm pool is refused with spot and with instance groups; 0 seconds are no pool', async () => {
  await using fixture = await sagemakerFixture()
  const spot = {
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 },
  }
  const groups = [{ InstanceGroupName: 'g', InstanceType: 'ml.m5.large', InstanceCount: 1 }]
  const { InstanceType: _type, InstanceCount: _count, ...rest } = ResourceConfig
  const grouped = { ResourceConfig: { ...rest, InstanceGroups: groups } }
  for (const members of [{ ...spot, ResourceConfig }, grouped]) {
    const { code, message } = await fixture.refusal('CreateTrainingJob', { ...MINIMAL, ...members })
    assert.equal(code, 'ValidationException')
    assert.match(message, /^Invalid KeepAlivePeriodInSeconds\. It is not supported when /)
  }
  const none = { ...ResourceConfig, KeepAlivePeriodInSeconds: 0 }
  await fixture.call('CreateTrainingJob', { ...MINIMAL, ...spot, ResourceConfig: none })
  assert.ok(!('WarmPoolStatus' in (await fixture.call('DescribeTrainingJob', NAME))))
})
