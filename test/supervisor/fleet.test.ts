import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { MESSAGES } from '../../src/lifecycle/messages.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import type { Policy } from '../../src/scheduler/demand.ts'
import { FleetScheduler } from '../../src/scheduler/fleet-scheduler.ts'
import type { Scheduler } from '../../src/scheduler/scheduler.ts'
import type { Yard } from '../../src/scheduler/yard.ts'
import { overriding } from '../../src/util/overriding.ts'
import { startAtOnce } from '../support/start-at-once.ts'
import { START, statusesOf, supervisorFixture, type SupervisorFixture } from './supervisor-fixture.ts'

const YARD: Yard = { cpus: 4, memory: 64 * 2 ** 30, gpus: [0] }
const FIVE = ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']
const log: Pick<Logger, 'warn'> = { warn: (line: unknown) => assert.fail(JSON.stringify(line)) }

/** Supervisors whose jobs share a small yard. */
async function yardFixture(
  yard: Yard = YARD,
  policy: Policy = 'shrink',
  runtime = (clock: VirtualClock): Runtime => new SimulatedRuntime(clock),
): Promise<SupervisorFixture> {
  const fixture: SupervisorFixture = await supervisorFixture({
    runtime,
    scheduler: (clock) =>
      new FleetScheduler({ yard, policy, clock, log, interrupt: (id) => fixture.supervisors.interrupt(id) }),
  })
  return fixture
}

function instances(InstanceType: string, InstanceCount = 1): object {
  return { ResourceConfig: { InstanceType, InstanceCount } }
}

function prioritised(request: object, Value: string): object {
  return { ...request, Tags: [{ Key: 'trainyard:priority', Value }] }
}

async function last(fixture: SupervisorFixture, jobId: string): Promise<readonly (string | undefined)[]> {
  const element = (await fixture.state(jobId)).transitions.at(-1)
  return [element?.status, element?.message]
}

async function startOf(fixture: SupervisorFixture, jobId: string): Promise<number> {
  return ((await fixture.ended(jobId)).placement?.since ?? Number.NaN) - START
}

test('a second job that wants all waits for the first, says so, and goes its whole way then', async () => {
  await using fixture = await yardFixture()
  const first = await fixture.submit(instances('ml.m5.xlarge'))
  await fixture.clock.advance(10)
  const second = await fixture.submit(instances('ml.m5.24xlarge'))
  const third = await fixture.submit(instances('ml.g5.xlarge'))
  await fixture.clock.advance(1000)
  assert.deepEqual(await last(fixture, second), ['Starting', MESSAGES.insufficientCapacity])
  assert.deepEqual(await last(fixture, third), ['Pending', MESSAGES.waitingForCapacity])
  for (const job of [first, second]) assert.deepEqual(statusesOf(await fixture.ended(job)), FIVE)
  assert.deepEqual(statusesOf(await fixture.ended(third)), ['Starting', 'Pending', ...FIVE.slice(1)])
  const { placement } = await fixture.state(second)
  assert.deepEqual(placement?.hosts[0]?.typeHas, { cpus: 96, memory: 384 * 2 ** 30, gpus: 0 })
  assert.equal(placement?.hosts[0]?.cpus, 4)
})

test('two instances on two processors have one each', async () => {
  await using fixture = await yardFixture({ cpus: 2, memory: 2 ** 33, gpus: [] })
  const state = await fixture.ended(await fixture.submit(instances('ml.m5.large', 2)))
  assert.equal(state.status, 'Completed')
  assert.deepEqual(
    state.placement?.hosts.map(({ host, cpus }) => [host, cpus]),
    [
      ['algo-1', 1],
      ['algo-2', 1],
    ],
  )
})

test('a higher priority comes first, and a small job passes those that wait only where it delays nobody', async () => {
  await using fixture = await yardFixture()
  const busy = await fixture.submit(instances('ml.m5.xlarge'))
  await fixture.clock.advance(10)
  const low = await fixture.submit(prioritised(instances('ml.m5.xlarge'), '-5'))
  await fixture.clock.advance(10)
  const high = await fixture.submit(prioritised(instances('ml.t3.medium'), '5'))
  const large = await fixture.submit(prioritised(instances('ml.m5.xlarge'), '4'))
  const starts: number[] = []
  for (const job of [busy, high, large, low]) starts.push(await startOf(fixture, job))
  assert.deepEqual(
    starts,
    starts.toSorted((one, other) => one - other),
  )
  assert.equal(new Set(starts).size, 4)
})

test('an on-demand job interrupts the youngest spot job, which has its place again afterwards', async () => {
  await using fixture = await yardFixture()
  const spot = {
    ...instances('ml.m5.large'),
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxWaitTimeInSeconds: 10_000, MaxRuntimeInSeconds: 1000 },
  }
  const old = await fixture.submit(spot)
  await fixture.clock.advance(1000)
  const young = await fixture.submit(spot)
  await fixture.clock.advance(4000)
  const onDemand = await fixture.submit(instances('ml.m5.large'))
  await fixture.clock.advance(100)
  assert.equal((await fixture.state(young)).secondaryStatus, 'Interrupted')
  const youngState = await fixture.ended(young)
  assert.deepEqual(statusesOf(await fixture.ended(old)), FIVE)
  assert.deepEqual(statusesOf(await fixture.ended(onDemand)), FIVE)
  assert.deepEqual(statusesOf(youngState), [...FIVE.slice(0, 3), 'Interrupted', ...FIVE])
})

test('a spot job that is past being interrupted ends by itself, and the on-demand job waits for it', async () => {
  await using fixture = await yardFixture()
  const StoppingCondition = { MaxWaitTimeInSeconds: 1000, MaxRuntimeInSeconds: 1000 }
  const spot = await fixture.submit({
    ...instances('ml.m5.xlarge'),
    EnableManagedSpotTraining: true,
    StoppingCondition,
  })
  await fixture.clock.advance(5000)
  await fixture.stop(spot)
  const onDemand = await fixture.submit(instances('ml.m5.xlarge'))
  const stopped = await fixture.ended(spot)
  assert.equal(stopped.status, 'Stopped')
  assert.equal((await fixture.ended(onDemand)).status, 'Completed')
})

test('under fit what the machine can never give fails as AWS says it', async () => {
  await using fixture = await yardFixture(YARD, 'fit')
  assert.equal((await fixture.ended(await fixture.submit(instances('ml.m5.xlarge')))).status, 'Completed')
  const state = await fixture.ended(await fixture.submit(instances('ml.m5.2xlarge')))
  assert.deepEqual(statusesOf(state), ['Starting', 'Failed'])
  assert.equal(
    state.failureReason,
    'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
  )
})

test('a job that is stopped while it waits lets the next one pass', async () => {
  await using fixture = await yardFixture()
  const busy = await fixture.submit(instances('ml.m5.large'))
  await fixture.clock.advance(10)
  const head = await fixture.submit(instances('ml.m5.xlarge'))
  await fixture.clock.advance(10)
  const next = await fixture.submit(instances('ml.m5.large'))
  await fixture.clock.advance(10)
  assert.equal((await fixture.state(next)).placement, undefined)
  await fixture.stop(head)
  await fixture.clock.advance(10)
  assert.notEqual((await fixture.state(next)).placement, undefined)
  for (const job of [busy, next]) assert.deepEqual(statusesOf(await fixture.ended(job)), FIVE)
  assert.deepEqual(statusesOf(await fixture.state(head)), ['Starting', 'Stopping', 'Stopped'])
})

test('after a restart jobs have the places that they had, and those that waited wait again', async () => {
  await using fixture = await yardFixture()
  const first = await fixture.submit(instances('ml.m5.xlarge'))
  await fixture.clock.advance(10)
  const second = await fixture.submit(instances('ml.m5.xlarge'))
  await fixture.clock.advance(1500)
  await fixture.restart()
  await fixture.clock.advance(10)
  assert.equal((await fixture.state(second)).placement, undefined)
  for (const job of [first, second]) assert.equal((await fixture.ended(job)).status, 'Completed')
})

test('a place that is asked back after it was given and before it is on record is given back', async () => {
  let asked = 0
  await using fixture: SupervisorFixture = await supervisorFixture({
    scheduler: (clock) => {
      const atOnce = startAtOnce(clock)
      const ask: Scheduler['ask'] = (asking, waiter) => {
        if (asked++ === 0) void fixture.supervisors.interrupt(asking.jobId)
        return atOnce.ask(asking, waiter)
      }
      return { ...atOnce, ask }
    },
  })
  const job = await fixture.submit()
  assert.deepEqual(statusesOf(await fixture.ended(job)), FIVE)
  assert.equal(asked, 2)
})

test('a server that closes gives nobody the place of a job that it lets go of, however long it takes to let go of others', async () => {
  let slow = ''
  const runtime = (clock: VirtualClock) => {
    const simulated = new SimulatedRuntime(clock)
    return overriding<Runtime>(simulated, {
      async launch(spec, options) {
        try {
          return await simulated.launch(spec, options)
        } finally {
          for (let turn = 0; spec.id.jobId === slow && turn < 20; turn++) await setImmediate()
        }
      },
    })
  }
  await using fixture = await yardFixture({ ...YARD, cpus: 64, gpus: [0, 1] }, 'shrink', runtime)
  const one = await fixture.submit(instances('ml.g5.xlarge'))
  const StoppingCondition = { MaxWaitTimeInSeconds: 3600 }
  slow = await fixture.submit({ ...instances('ml.g5.xlarge'), EnableManagedSpotTraining: true, StoppingCondition })
  await fixture.clock.advance(10)
  const both = await fixture.submit(instances('ml.g5.xlarge', 2))
  await fixture.clock.advance(10)
  await fixture.supervisors.close()
  for (const job of [one, slow]) assert.deepEqual(await last(fixture, job), ['Starting', MESSAGES.preparing])
  assert.deepEqual(await last(fixture, both), ['Pending', MESSAGES.waitingForCapacity])
})
