import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { billableSeconds, trainingSeconds } from '../../src/lifecycle/accounting.ts'
import { INTERNAL_SERVER_ERROR } from '../../src/lifecycle/failure-reason.ts'
import { MESSAGES } from '../../src/lifecycle/messages.ts'
import { InstanceError, type Runtime } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import { CapacityError, type Answer, type Scheduler } from '../../src/scheduler/scheduler.ts'
import { recordEvent } from '../../src/store/record-event.ts'
import { bound, withInstance } from './with-instance.ts'
import { START, statusesOf, supervisorFixture } from './supervisor-fixture.ts'
import { startAtOnce } from '../support/start-at-once.ts'

const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 120 },
}

/** A yard whose gate the test opens and shuts. */
function gate() {
  let isOpen = true
  const line = new Map<string, () => Promise<void>>()
  const scheduler = (clock: VirtualClock): Scheduler => ({
    ...startAtOnce(clock),
    async ask(asking, waiter) {
      const answer = startAtOnce(clock).ask(asking, waiter)
      if (isOpen) return answer
      line.set(asking.jobId, async () => {
        const { placement } = (await answer) as Extract<Answer, { kind: 'placed' }>
        waiter.placed({ ...placement, since: clock.now() })
      })
      return { kind: 'waits' }
    },
    release: (jobId) => void line.delete(jobId),
  })
  const shut = () => {
    isOpen = false
  }
  const unshut = () => {
    isOpen = true
    for (const place of line.values()) void place()
    line.clear()
  }
  return { scheduler, shut, unshut }
}

test('an interrupted job waits for another place, begins again there, and is not billed for the time between', async () => {
  const { scheduler, shut, unshut } = gate()
  await using fixture = await supervisorFixture({ scheduler })
  const job = await fixture.submit(SPOT)
  await fixture.clock.advance(5000)
  shut()
  assert.equal(await fixture.supervisors.interrupt(job), true)
  await fixture.clock.advance(20_000)
  const waiting = await fixture.state(job)
  assert.deepEqual([waiting.status, waiting.secondaryStatus], ['InProgress', 'Interrupted'])
  assert.equal(waiting.transitions.at(-1)?.message, MESSAGES.interrupted)
  unshut()
  const state = await fixture.ended(job)
  const round = ['Starting', 'Downloading', 'Training']
  assert.deepEqual(statusesOf(state), [...round, 'Interrupted', ...round, 'Uploading', 'Completed'])
  assert.equal(state.attempt, 2)
  // 4 s of the first attempt, 20 s between, 1 s of launching again, 2 + 5 + 1 s of the second.
  assert.equal(trainingSeconds(state, 0), 33)
  assert.equal(billableSeconds(state), 12)
})

test('a job that is interrupted while it is launched goes back to waiting in place', async () => {
  const { scheduler, shut, unshut } = gate()
  await using fixture = await supervisorFixture({ scheduler })
  const job = await fixture.submit(SPOT)
  await fixture.clock.advance(500)
  shut()
  await fixture.supervisors.interrupt(job)
  await fixture.clock.advance(1000)
  const waiting = await fixture.state(job)
  assert.equal(waiting.placement, undefined)
  assert.deepEqual(
    waiting.transitions.map(({ status, message }) => [status, message]),
    [['Starting', MESSAGES.insufficientCapacity]],
  )
  unshut()
  const state = await fixture.ended(job)
  assert.deepEqual(statusesOf(state), ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed'])
})

test('a job of an accelerated type waits as Pending, and its message is replaced when it has its place', async () => {
  const { scheduler, shut, unshut } = gate()
  shut()
  await using fixture = await supervisorFixture({ scheduler })
  const job = await fixture.submit({ ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1 } })
  await fixture.clock.advance(1000)
  const last = (await fixture.state(job)).transitions.at(-1)
  assert.deepEqual([last?.status, last?.message], ['Pending', MESSAGES.waitingForCapacity])
  unshut()
  const state = await fixture.ended(job)
  assert.deepEqual(statusesOf(state), ['Starting', 'Pending', 'Downloading', 'Training', 'Uploading', 'Completed'])
  assert.equal(state.transitions[1]?.message, MESSAGES.preparing)
})

test('MaxWaitTimeInSeconds covers waiting and running: never launched, interrupted, running', async () => {
  for (const [when, expected] of [
    ['never launched', ['Starting', 'Stopping', 'MaxWaitTimeExceeded']],
    ['interrupted', ['Starting', 'Downloading', 'Training', 'Interrupted', 'Stopping', 'MaxWaitTimeExceeded']],
  ] as const) {
    const { scheduler, shut } = gate()
    if (when === 'never launched') shut()
    await using fixture = await supervisorFixture({ scheduler })
    const job = await fixture.submit(SPOT)
    await fixture.clock.advance(5000)
    shut()
    await fixture.supervisors.interrupt(job)
    const state = await fixture.ended(job)
    assert.deepEqual(statusesOf(state), expected)
    assert.equal(state.status, 'Stopped')
    assert.equal(state.failureReason, undefined)
    assert.equal((state.trainingEndTime ?? 0) - START, 120_000)
  }
  await using fixture = await supervisorFixture()
  const StoppingCondition = { MaxRuntimeInSeconds: 6, MaxWaitTimeInSeconds: 6 }
  const job = await fixture.submit({ ...SPOT, StoppingCondition })
  const state = await fixture.ended(job)
  assert.equal(statusesOf(state).at(-1), 'MaxWaitTimeExceeded')
  assert.equal(statusesOf(state).at(-2), 'Uploading')
})

test('MaxPendingTimeInSeconds counts Starting and Pending, and ends the job as Stopped', async () => {
  const { scheduler, shut } = gate()
  shut()
  await using fixture = await supervisorFixture({ scheduler })
  const job = await fixture.submit({ StoppingCondition: { MaxPendingTimeInSeconds: 7200 } })
  await fixture.clock.advance(7_100_000)
  assert.equal((await fixture.state(job)).secondaryStatus, 'Starting')
  const state = await fixture.ended(job)
  assert.deepEqual(statusesOf(state), ['Starting', 'Stopping', 'Stopped'])
  assert.equal((state.trainingEndTime ?? 0) - START, 7_200_000)
})

test('MaxRuntimeInSeconds counts the running time of all attempts', async () => {
  await using fixture = await supervisorFixture()
  const StoppingCondition = { MaxRuntimeInSeconds: 6, MaxWaitTimeInSeconds: 600 }
  const job = await fixture.submit({ ...SPOT, StoppingCondition })
  await fixture.clock.advance(5000)
  await fixture.supervisors.interrupt(job)
  const state = await fixture.ended(job)
  assert.equal(statusesOf(state).at(-1), 'MaxRuntimeExceeded')
  // 4 s before the interruption; Downloading 2 s again.
  const stopping = state.transitions.find(({ status }) => status === 'Stopping')
  assert.equal((stopping?.startTime ?? 0) - START, 5000 + 1000 + 2000)
})

/** The first `count` starts of a command are platform faults. */
function faulty(count: number): (clock: VirtualClock) => Runtime {
  let left = count
  return (clock) =>
    withInstance(new SimulatedRuntime(clock), (instance) => ({
      ...bound(instance, 'start'),
      start: (options) =>
        left-- > 0 ? Promise.reject(new InstanceError('platform', 'the host is lost')) : instance.start(options),
    }))
}

test('a platform fault is retried as often as RetryStrategy says, on the same place', async () => {
  await using fixture = await supervisorFixture({ runtime: faulty(2) })
  const job = await fixture.submit({ RetryStrategy: { MaximumRetryAttempts: 2 } })
  const state = await fixture.ended(job)
  const round = ['Starting', 'Downloading', 'Training', 'Restarting']
  assert.deepEqual(statusesOf(state), [
    ...round,
    ...round,
    'Starting',
    'Downloading',
    'Training',
    'Uploading',
    'Completed',
  ])
  assert.equal(state.attempt, 3)
  assert.equal(state.trainingStartTime, START + 1000)
  assert.equal(state.failureReason, undefined)
})

test('when the retries are used up it fails as InternalServerError, and without a strategy at once', async () => {
  for (const [strategy, restarts] of [
    [{ RetryStrategy: { MaximumRetryAttempts: 1 } }, 1],
    [{}, 0],
  ] as const) {
    await using fixture = await supervisorFixture({ runtime: faulty(9) })
    const state = await fixture.ended(await fixture.submit(strategy))
    assert.equal(state.failureReason, INTERNAL_SERVER_ERROR)
    assert.equal(statusesOf(state).filter((status) => status === 'Restarting').length, restarts)
  }
})

test('the user’s own failure is never retried', async () => {
  const failing = (clock: VirtualClock) =>
    new SimulatedRuntime(clock, undefined, () => ({ end: { kind: 'exited', code: 1, failure: 'mine' } }))
  await using fixture = await supervisorFixture({ runtime: failing })
  const state = await fixture.ended(await fixture.submit({ RetryStrategy: { MaximumRetryAttempts: 30 } }))
  assert.deepEqual(statusesOf(state), ['Starting', 'Downloading', 'Training', 'Uploading', 'Failed'])
  assert.equal(state.failureReason, 'AlgorithmError: mine, exit code: 1')
})

test('an unhealthy instance is replaced, and the message says so meanwhile', async () => {
  const messages: string[] = []
  let left = 2
  const runtime = (clock: VirtualClock): Runtime => {
    const simulated = new SimulatedRuntime(clock)
    return Object.assign(
      withInstance(simulated, (instance) => instance),
      {
        launch: async (...launch: Parameters<Runtime['launch']>) => {
          if (left-- > 0) throw new InstanceError('platform', 'no heartbeat')
          return simulated.launch(...launch)
        },
      },
    )
  }
  await using fixture = await supervisorFixture({ runtime })
  const job = await fixture.submit()
  const state = await fixture.ended(job)
  assert.deepEqual(statusesOf(state), ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed'])
  for (const { data } of await fixture.store.journal({ jobId: job, after: 0, limit: 9 }))
    messages.push(String(data['message']))
  assert.deepEqual(messages.slice(0, 5), [
    MESSAGES.preparing,
    MESSAGES.unhealthy,
    MESSAGES.preparing,
    MESSAGES.unhealthy,
    MESSAGES.preparing,
  ])
})

test('a server that died while an unhealthy instance was replaced replaces it, and the message says so no longer', async () => {
  const destroyed: string[] = []
  const runtime = (clock: VirtualClock) =>
    withInstance(new SimulatedRuntime(clock), (instance) => ({
      ...bound(instance, 'destroy'),
      async destroy(options) {
        destroyed.push(instance.id.host)
        await instance.destroy(options)
      },
    }))
  await using fixture = await supervisorFixture({ runtime })
  const jobId = await fixture.submit()
  await fixture.clock.advance(500)
  destroyed.length = 0
  await fixture.restart(undefined, async () => {
    await recordEvent(fixture.store, fixture.clock, { jobId, event: { kind: 'unhealthy' } })
  })
  await fixture.clock.advance(100)
  const { secondaryStatus, transitions } = await fixture.state(jobId)
  assert.deepEqual([secondaryStatus, transitions.at(-1)?.message], ['Starting', MESSAGES.preparing])
  assert.deepEqual(destroyed, ['algo-1'])
  assert.equal((await fixture.ended(jobId)).status, 'Completed')
})

test('what can never be had ends the job with a CapacityError', async () => {
  const none = (clock: VirtualClock): Scheduler => ({
    ...startAtOnce(clock),
    ask: () => Promise.reject(new CapacityError('there is no such machine')),
  })
  await using fixture = await supervisorFixture({ scheduler: none })
  const state = await fixture.ended(await fixture.submit())
  assert.deepEqual(statusesOf(state), ['Starting', 'Failed'])
  assert.equal(state.failureReason, 'CapacityError: there is no such machine')
})

test('a server that died holds the places that its jobs had before it asks for any', async () => {
  const held: string[] = []
  const scheduler = (clock: VirtualClock): Scheduler => ({
    ...startAtOnce(clock),
    hold: (jobId, { hosts }) => void held.push(`${jobId} ${hosts.length}`),
  })
  await using fixture = await supervisorFixture({ scheduler })
  const job = await fixture.submit({ ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2 } })
  await fixture.clock.advance(2000)
  await fixture.restart()
  assert.deepEqual(held, [`${job} 2`])
  assert.equal((await fixture.ended(job)).status, 'Completed')
})

test('a Stop while interrupted ends the job without an upload', async () => {
  const { scheduler, shut } = gate()
  await using fixture = await supervisorFixture({ scheduler })
  const job = await fixture.submit(SPOT)
  await fixture.clock.advance(5000)
  shut()
  await fixture.supervisors.interrupt(job)
  await fixture.clock.advance(1000)
  await fixture.stop(job)
  const state = await fixture.ended(job)
  assert.deepEqual(statusesOf(state), ['Starting', 'Downloading', 'Training', 'Interrupted', 'Stopping', 'Stopped'])
  assert.equal(await fixture.supervisors.interrupt(job), false)
})

test('a job that is made while a server starts asks for its place after the earlier jobs have kept theirs', async () => {
  const asked: string[] = []
  const scheduler = (clock: VirtualClock): Scheduler => ({
    ...startAtOnce(clock),
    ask(asking, waiter) {
      asked.push(`ask ${asking.jobId}`)
      return startAtOnce(clock).ask(asking, waiter)
    },
    hold: (jobId) => void asked.push(`hold ${jobId}`),
    open: () => void asked.push('open'),
  })
  await using fixture = await supervisorFixture({ scheduler })
  const earlier = await fixture.submit()
  await fixture.clock.advance(5000)
  let later = ''
  await fixture.restart(undefined, async () => {
    later = await fixture.submit()
    await fixture.clock.advance(5000)
  })
  await Promise.all([fixture.ended(earlier), fixture.ended(later)])
  assert.deepEqual(asked, ['open', `ask ${earlier}`, `hold ${earlier}`, `ask ${later}`, 'open', `ask ${later}`])
})
