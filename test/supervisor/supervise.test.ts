import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INTERNAL_SERVER_ERROR } from '../../src/lifecycle/failure-reason.ts'
import { InstanceError } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import { holdAll } from '../../src/scheduler/scheduler.ts'
import { bound, withInstance } from './with-instance.ts'
import { START, statusesOf, supervisorFixture } from './supervisor-fixture.ts'

const FIVE_STAGES = ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']

test('a job lives its whole life in virtual time, each stage as long as it is said to be', async () => {
  await using fixture = await supervisorFixture()
  const state = await fixture.ended(await fixture.submit())
  assert.deepEqual(statusesOf(state), FIVE_STAGES)
  const times = state.transitions.map(({ startTime }) => startTime - START)
  assert.deepEqual(times, [0, 1000, 3000, 8000, 9000])
  assert.equal(state.modelArtifacts?.startsWith('s3://bucket/out/job-'), true)
})

test('a hundred jobs end, each by itself', async () => {
  await using fixture = await supervisorFixture()
  const jobs = await Promise.all(Array.from({ length: 100 }, () => fixture.submit()))
  for (const job of jobs) assert.equal((await fixture.ended(job)).status, 'Completed')
  await fixture.supervisors.idle()
})

for (const [after, expected] of [
  [500, ['Starting', 'Stopping', 'Stopped']],
  [2000, ['Starting', 'Downloading', 'Stopping', 'Stopped']],
  [5000, ['Starting', 'Downloading', 'Training', 'Stopping', 'Uploading', 'Stopped']],
  [8500, ['Starting', 'Downloading', 'Training', 'Uploading', 'Stopped']],
] as const) {
  test(`a Stop ${after} ms into the job ends it ${expected.slice(-3).join(', ')}`, async () => {
    await using fixture = await supervisorFixture()
    const job = await fixture.submit()
    await fixture.clock.advance(after)
    await fixture.stop(job)
    const state = await fixture.ended(job)
    assert.deepEqual(statusesOf(state), expected)
    assert.equal(state.status, 'Stopped')
    assert.equal(state.failureReason, undefined)
  })
}

test('a held job waits in Starting, and can be stopped there', async () => {
  await using fixture = await supervisorFixture({ scheduler: () => holdAll })
  const job = await fixture.submit()
  await fixture.clock.advance(1_000_000)
  assert.equal((await fixture.state(job)).secondaryStatus, 'Starting')
  await fixture.stop(job)
  assert.equal((await fixture.ended(job)).secondaryStatus, 'Stopped')
})

test('the runtime limit counts Downloading and Training, and acts in time', async () => {
  await using fixture = await supervisorFixture()
  const state = await fixture.ended(await fixture.submit({ StoppingCondition: { MaxRuntimeInSeconds: 4 } }))
  assert.deepEqual(statusesOf(state), [
    'Starting',
    'Downloading',
    'Training',
    'Stopping',
    'Uploading',
    'MaxRuntimeExceeded',
  ])
  assert.equal(state.transitions[3]?.startTime, START + 5000)
  assert.equal(state.status, 'Stopped')
})

test('a limit that would fall into Uploading does not fire', async () => {
  await using fixture = await supervisorFixture()
  const state = await fixture.ended(await fixture.submit({ StoppingCondition: { MaxRuntimeInSeconds: 8 } }))
  assert.equal(state.secondaryStatus, 'Completed')
})

test('a limit that cannot be recorded, because the disk is full, is recorded once it can', async (t) => {
  await using fixture = await supervisorFixture()
  const job = await fixture.submit({ StoppingCondition: { MaxRuntimeInSeconds: 4 } })
  await fixture.clock.advance(4500)
  const { mock } = t.mock.method(fixture.store, 'apply', () => Promise.reject(new TypeError('disk full')))
  await fixture.clock.advance(1000)
  assert.ok(mock.callCount() > 1)
  assert.equal((await fixture.state(job)).secondaryStatus, 'Training')
  mock.restore()
  assert.equal((await fixture.ended(job)).secondaryStatus, 'MaxRuntimeExceeded')
})

test('a server that is killed in any stage takes the job up again, and nothing is there twice', async () => {
  for (const after of [500, 2000, 5000, 8500]) {
    await using fixture = await supervisorFixture()
    const job = await fixture.submit()
    await fixture.clock.advance(after)
    await fixture.restart()
    const state = await fixture.ended(job)
    const stages = statusesOf(state)
    // The simulated runtime forgets what ran: a command of an earlier life is lost to it only if it was running.
    assert.deepEqual(stages, FIVE_STAGES, `killed after ${after} ms`)
  }
})

test('a failed step of the job ends it with its reason, one of ours with a platform fault', async () => {
  for (const [fault, reason] of [
    ['client', 'ClientError: Data download failed:no such object'],
    ['platform', INTERNAL_SERVER_ERROR],
  ] as const) {
    const broken = (clock: ConstructorParameters<typeof SimulatedRuntime>[0]) =>
      withInstance(new SimulatedRuntime(clock), (instance) => ({
        download: () => Promise.reject(new InstanceError(fault, 'no such object')),
        ...bound(instance, 'download'),
      }))
    await using fixture = await supervisorFixture({ runtime: broken })
    const state = await fixture.ended(await fixture.submit())
    assert.deepEqual(statusesOf(state), ['Starting', 'Downloading', 'Failed'])
    assert.equal(state.failureReason, reason)
  }
})

test('a step that fails for no reason is tried again, and again after longer', async () => {
  let failures = 3
  const flaky = (clock: ConstructorParameters<typeof SimulatedRuntime>[0]) =>
    withInstance(new SimulatedRuntime(clock), (instance) => ({
      start: (options) => (failures-- > 0 ? Promise.reject(new TypeError('a bug')) : instance.start(options)),
      ...bound(instance, 'start'),
    }))
  await using fixture = await supervisorFixture({ runtime: flaky })
  const state = await fixture.ended(await fixture.submit())
  assert.deepEqual(statusesOf(state), FIVE_STAGES)
})

test('a step that always fails ends the job with a platform fault', async () => {
  const broken = (clock: ConstructorParameters<typeof SimulatedRuntime>[0]) =>
    withInstance(new SimulatedRuntime(clock), (instance) => ({
      start: () => Promise.reject(new TypeError('a bug')),
      ...bound(instance, 'start'),
    }))
  await using fixture = await supervisorFixture({ runtime: broken })
  const job = await fixture.submit()
  const state = await fixture.ended(job)
  assert.equal(state.failureReason, INTERNAL_SERVER_ERROR)
  const journal = await fixture.store.journal({ jobId: job, after: 0, limit: 100 })
  assert.equal(journal.at(-1)?.data['cause'], 'a bug')
})
