import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { InstanceError, type Runtime } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import { recordEvent } from '../../src/store/record-event.ts'
import { bound, withInstance } from './with-instance.ts'
import { supervisorFixture, type SupervisorFixture } from './supervisor-fixture.ts'

async function requestDeletion({ store, clock }: SupervisorFixture, jobId: string): Promise<void> {
  assert.equal((await recordEvent(store, clock, { jobId, event: { kind: 'delete-requested' } })).kind, 'recorded')
}

async function kinds({ store }: SupervisorFixture, jobId: string): Promise<string[]> {
  return (await store.journal({ jobId, after: 0, limit: 99 })).map(({ kind }) => kind)
}

test('a job whose deletion is asked for goes, and what it left on the machine with it; its journal stays', async () => {
  let runtime: Runtime | undefined
  const failing = (clock: VirtualClock) =>
    withInstance(new SimulatedRuntime(clock), (instance) => ({
      download: () => Promise.reject(new InstanceError('client', 'no such object')),
      ...bound(instance, 'download'),
    }))
  await using fixture = await supervisorFixture({ runtime: (clock) => (runtime = failing(clock)) })
  // A failed job's workspace is kept for a while; its deletion does not wait for that.
  const job = await fixture.submit()
  assert.equal((await fixture.ended(job)).status, 'Failed')
  await fixture.supervisors.idle()
  assert.equal((await runtime?.known())?.length, 1)
  await requestDeletion(fixture, job)
  fixture.supervisors.wake(job)
  await fixture.supervisors.idle()
  assert.equal(await fixture.store.job(job), undefined)
  assert.deepEqual(await runtime?.known(), [])
  assert.deepEqual((await kinds(fixture, job)).slice(-2), ['delete-requested', 'deleted'])
})

test('a server that died between the intent and the deed deletes at its next start', async () => {
  await using fixture = await supervisorFixture()
  const job = await fixture.submit()
  await fixture.ended(job)
  await requestDeletion(fixture, job)
  await fixture.restart()
  await fixture.supervisors.idle()
  assert.equal(await fixture.store.job(job), undefined)
  assert.equal((await kinds(fixture, job)).at(-1), 'deleted')
})

test('a deletion that is asked for while the job is being left is not overlooked', async () => {
  await using fixture = await supervisorFixture()
  const job = await fixture.submit()
  await fixture.ended(job)
  // The supervisor may still be at work: it has just written the end.
  await requestDeletion(fixture, job)
  fixture.supervisors.wake(job)
  await fixture.supervisors.idle()
  assert.equal(await fixture.store.job(job), undefined)
})
