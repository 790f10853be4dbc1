import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { VirtualClock } from '../../src/clock/virtual-clock.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import { FleetScheduler } from '../../src/scheduler/fleet-scheduler.ts'
import { holdAll } from '../../src/scheduler/scheduler.ts'
import { START, supervisorFixture, type SupervisorFixture } from './supervisor-fixture.ts'

const TYPES = ['ml.g5.xlarge', 'ml.p3.2xlarge', 'ml.g4dn.2xlarge', 'ml.g5.2xlarge']
const JOBS = 120
const GPUS = 8

interface Submitted {
  readonly id: string
  readonly spot: boolean
  readonly priority: number
}

/** Supervisors whose first life has one GPU and whose next lives have eight: all but one job wait when the first ends, and there is room when the next begins. */
async function growingFixture(runtime: (clock: VirtualClock) => Runtime): Promise<SupervisorFixture> {
  let gpus = 1
  const fixture: SupervisorFixture = await supervisorFixture({
    runtime,
    scheduler: (clock) => {
      const yard = { cpus: 1000, memory: 2 ** 44, gpus: Array.from({ length: gpus }, (_, index) => index) }
      gpus = GPUS
      const interrupt = (id: string) => fixture.supervisors.interrupt(id)
      const log = { warn: (line: unknown) => assert.fail(JSON.stringify(line)) }
      return new FleetScheduler({ yard, policy: 'shrink', clock, log, interrupt })
    },
  })
  return fixture
}

function requestOf({ spot, priority }: Omit<Submitted, 'id'>, type = TYPES[0]): object {
  return {
    ResourceConfig: { InstanceType: type, InstanceCount: 1 },
    Tags: [{ Key: 'trainyard:priority', Value: String(priority) }],
    ...(spot
      ? {
          EnableManagedSpotTraining: true,
          StoppingCondition: { MaxRuntimeInSeconds: 86_400, MaxWaitTimeInSeconds: 864_000 },
        }
      : {}),
  }
}

/** One spot job that is interrupted by the next, which has the only GPU then, and many of all types and priorities that wait. @returns those that wait, in order */
async function lineOf(fixture: SupervisorFixture): Promise<readonly Submitted[]> {
  const interrupted = { spot: true, priority: 100 }
  const jobs: Submitted[] = [{ ...interrupted, id: await fixture.submit(requestOf(interrupted)) }]
  await fixture.clock.advance(4000)
  await fixture.submit(requestOf({ spot: false, priority: 100 }))
  await fixture.clock.advance(2000)
  for (let index = 0; index < JOBS; index++) {
    const job = { spot: index % 5 === 0, priority: (index * 37) % 21 }
    jobs.push({ ...job, id: await fixture.submit(requestOf(job, TYPES[index % TYPES.length])) })
    await fixture.clock.advance(1)
  }
  return jobs.toSorted((one, other) => Number(one.spot) - Number(other.spot) || other.priority - one.priority)
}

async function placed(fixture: SupervisorFixture, jobs: readonly Submitted[]): Promise<readonly Submitted[]> {
  const states = await Promise.all(jobs.map(({ id }) => fixture.state(id)))
  return jobs.filter((_, index) => states[index]?.placement !== undefined)
}

test('a server that starts again gives places in the order of the line, however long it takes to look after a job', async () => {
  let slow: ReadonlySet<string> = new Set()
  await using fixture = await growingFixture((clock) => {
    const runtime = new SimulatedRuntime(clock)
    const find: Runtime['find'] = async (id) => {
      for (let turn = 0; slow.has(id.jobId) && turn < 50; turn++) await setImmediate()
      return runtime.find(id)
    }
    return overridden(runtime, find)
  })
  const line = await lineOf(fixture)
  assert.deepEqual(await placed(fixture, line), [])
  // Those that go first are the last that can be looked after.
  slow = new Set(line.slice(0, JOBS / 2).map(({ id }) => id))
  await fixture.restart()
  await fixture.clock.advance(500)
  for (let turn = 0; turn < 200; turn++) await setImmediate()
  assert.deepEqual(await placed(fixture, line), line.slice(0, GPUS - 1))
  slow = new Set()
  const starts: number[] = []
  for (const { id } of line.filter(({ spot }) => !spot))
    starts.push((await fixture.ended(id)).placement?.since ?? Number.NaN)
  assert.deepEqual(
    starts,
    starts.toSorted((one, other) => one - other),
  )
})

test('a job that nobody comes to an end with keeps no other from its place', async () => {
  const stuck = { id: '', free: Promise.withResolvers<void>() }
  await using fixture = await growingFixture((clock) => {
    const runtime = new SimulatedRuntime(clock)
    return overridden(runtime, async (id) => {
      if (id.jobId === stuck.id) await stuck.free.promise
      return runtime.find(id)
    })
  })
  const line = await lineOf(fixture)
  stuck.id = line[0]?.id ?? ''
  await fixture.restart()
  await fixture.clock.advance(500)
  assert.deepEqual(await placed(fixture, line), line.slice(1, GPUS - 1))
  for (const { id } of line.slice(1, GPUS)) assert.equal((await fixture.ended(id)).status, 'Completed')
  stuck.free.resolve()
  assert.equal((await fixture.ended(stuck.id)).status, 'Completed')
})

test('an interrupted job that has given its place back stands in line with the others after a restart', async () => {
  await using fixture = await growingFixture((clock) => new SimulatedRuntime(clock))
  const line = await lineOf(fixture)
  const interrupted = line.find(({ priority }) => priority === 100) ?? assert.fail('there is none')
  const before = await fixture.state(interrupted.id)
  assert.deepEqual([before.secondaryStatus, before.placement], ['Interrupted', undefined])
  for (const { id } of line.filter(({ spot }) => !spot)) await fixture.stop(id)
  await fixture.clock.advance(100)
  await fixture.restart()
  await fixture.clock.advance(100)
  const spots = line.filter(({ spot }) => spot)
  assert.equal(spots[0], interrupted)
  assert.deepEqual(await placed(fixture, spots), spots.slice(0, GPUS - 1))
})

test('nobody is at work on a job that waits, and its time is counted all the same', async () => {
  await using fixture = await supervisorFixture({ scheduler: () => holdAll })
  const StoppingCondition = { MaxPendingTimeInSeconds: 7200 }
  const jobs = [await fixture.submit({ StoppingCondition }), await fixture.submit({ StoppingCondition })]
  await fixture.clock.advance(100)
  await fixture.supervisors.idle()
  // Not even a timer of its own.
  assert.deepEqual([fixture.supervisors.supervised, fixture.clock.waiting], [2, 1])
  await fixture.clock.advance(7_200_000)
  for (const job of jobs) assert.equal((await fixture.state(job)).trainingEndTime, START + 7_200_000)
  await fixture.supervisors.idle()
  assert.deepEqual([fixture.supervisors.supervised, fixture.clock.waiting], [0, 0])
})

function overridden(runtime: SimulatedRuntime, find: Runtime['find']): Runtime {
  return {
    name: runtime.name,
    capabilities: () => runtime.capabilities(),
    admit: (job) => runtime.admit(job),
    launch: (spec, options) => runtime.launch(spec, options),
    find,
    known: () => runtime.known(),
    collect: (ids, options) => runtime.collect(ids, options),
    close: () => runtime.close(),
  }
}
