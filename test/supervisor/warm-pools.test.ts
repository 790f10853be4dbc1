import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InstanceSpec, Runtime } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import { recordEvent } from '../../src/store/record-event.ts'
import { START, supervisorFixture, type SupervisorFixture } from './supervisor-fixture.ts'

const RESOURCES = { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 }
/** `keep.failed`. */
const KEPT_MS = 86_400_000
const KEEPS = { ResourceConfig: { ...RESOURCES, KeepAlivePeriodInSeconds: 600 } } as const
const MATCHES = { ResourceConfig: RESOURCES } as const

/** A simulated runtime that says what it was asked to launch. */
function watched(launched: InstanceSpec[]): (clock: SupervisorFixture['clock']) => Runtime {
  return (clock) => {
    const runtime = new SimulatedRuntime(clock)
    const launch = runtime.launch.bind(runtime)
    runtime.launch = (spec, options) => {
      launched.push(spec)
      return launch(spec, options)
    }
    return runtime
  }
}

async function pool({ state }: SupervisorFixture, jobId: string) {
  const { warmPool, transitions } = await state(jobId)
  assert.ok(warmPool)
  return { ...warmPool, message: transitions.at(-1)?.message }
}

async function nameOf({ store }: SupervisorFixture, jobId: string): Promise<string> {
  return (await store.job(jobId))?.name ?? ''
}

/** A job that has ended and whose pool is available. */
async function kept(fixture: SupervisorFixture, request: object = KEEPS): Promise<string> {
  const job = await fixture.submit(request)
  await fixture.ended(job)
  await fixture.supervisors.idle()
  assert.equal((await fixture.state(job)).warmPool?.status, 'Available')
  return job
}

test('what a job used is kept for as long as it asked for, then goes, and its record says both', async () => {
  let runtime: Runtime | undefined
  await using fixture = await supervisorFixture({ runtime: (clock) => (runtime = new SimulatedRuntime(clock)) })
  const job = await kept(fixture)
  assert.equal((await pool(fixture, job)).message, 'Resource retained for reuse')
  await fixture.clock.advance(599_000)
  assert.equal((await runtime?.known())?.length, 1)
  await fixture.clock.advance(1100)
  assert.deepEqual(await runtime?.known(), [])
  const message = 'Resource released due to keep alive period expiry'
  assert.deepEqual(await pool(fixture, job), { status: 'Terminated', retainedSeconds: 600, message })
})

test('a job that matches takes the pool, is launched on it, and with it the pool ends unless it asks for one too', async () => {
  const launched: InstanceSpec[] = []
  let runtime: Runtime | undefined
  await using fixture = await supervisorFixture({ runtime: (clock) => (runtime = watched(launched)(clock)) })
  const first = await kept(fixture)
  await fixture.clock.advance(5000)
  const second = await fixture.submit(MATCHES)
  await fixture.ended(second)
  await fixture.supervisors.idle()
  const { retainedSeconds, ...taken } = { retainedSeconds: -1, ...(await pool(fixture, first)) }
  const by = { jobId: second, name: await nameOf(fixture, second) }
  assert.deepEqual(taken, { status: 'Reused', by, message: `Resource reused by training job: ${by.name}` })
  assert.ok(retainedSeconds >= 5)
  const specs = launched.filter(({ id }) => id.jobId === second)
  assert.deepEqual(specs[0]?.warm, { jobId: first, attempt: 1, host: 'algo-1' })
  assert.equal(launched.find(({ id }) => id.jobId === first)?.warm, undefined)
  assert.equal((await fixture.state(second)).warmPool, undefined)
  assert.deepEqual(await runtime?.known(), [])
})

test('a job that keeps a pool itself hands on what it took: a chain', async () => {
  await using fixture = await supervisorFixture()
  const jobs: string[] = []
  for (let length = 0; length < 3; length++) jobs.push(await kept(fixture))
  const statuses = await Promise.all(jobs.map(async (job) => (await pool(fixture, job)).status))
  assert.deepEqual(statuses, ['Reused', 'Reused', 'Available'])
})

const others: Readonly<Record<string, object>> = {
  'another role': { ...MATCHES, RoleArn: 'arn:aws:iam::111122223333:role/other' },
  'another type': { ResourceConfig: { ...RESOURCES, InstanceType: 'ml.m5.xlarge' } },
  'another count': { ResourceConfig: { ...RESOURCES, InstanceCount: 2 } },
  'another volume': { ResourceConfig: { ...RESOURCES, VolumeSizeInGB: 31 } },
  'another volume key': { ResourceConfig: { ...RESOURCES, VolumeKmsKeyId: 'key' } },
  'a VPC': { ...MATCHES, VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] } },
  'encrypted traffic': { ...MATCHES, EnableInterContainerTrafficEncryption: true },
  isolation: { ...MATCHES, EnableNetworkIsolation: true },
  'a chained session': { ...MATCHES, SessionChainingConfig: { EnableSessionTagChaining: true } },
  spot: { ...MATCHES, EnableManagedSpotTraining: true, StoppingCondition: { MaxWaitTimeInSeconds: 90_000 } },
  'instance groups': {
    ResourceConfig: {
      InstanceGroups: [{ InstanceGroupName: 'g', InstanceType: 'ml.m5.large', InstanceCount: 1 }],
      VolumeSizeInGB: 30,
    },
  },
}

test('a job that differs in one thing that must match does not take the pool', async () => {
  await using fixture = await supervisorFixture()
  const first = await kept(fixture)
  for (const [difference, request] of Object.entries(others)) {
    await fixture.ended(await fixture.submit(request))
    assert.equal((await pool(fixture, first)).status, 'Available', difference)
  }
})

test('of two jobs that want one pool one has it; the other runs without', async () => {
  const launched: InstanceSpec[] = []
  await using fixture = await supervisorFixture({ runtime: watched(launched) })
  const first = await kept(fixture)
  const racing = [await fixture.submit(MATCHES), await fixture.submit(MATCHES)]
  for (const job of racing) assert.equal((await fixture.ended(job)).status, 'Completed')
  const warm = new Set(launched.filter((spec) => spec.warm).map(({ id }) => id.jobId))
  const { warmPool } = await fixture.state(first)
  assert.ok(warmPool?.status === 'Reused')
  assert.deepEqual([...warm], [warmPool.by.jobId])
})

test('a pool may be kept for longer, and is released at once when asked', async () => {
  let runtime: Runtime | undefined
  await using fixture = await supervisorFixture({ runtime: (clock) => (runtime = new SimulatedRuntime(clock)) })
  const { store, clock, supervisors } = fixture
  const job = await kept(fixture)
  const update = async (keepAliveSeconds: number) => {
    await recordEvent(store, clock, { jobId: job, event: { kind: 'pool-updated', keepAliveSeconds } })
    supervisors.wake(job)
    await supervisors.idle()
  }
  await update(1000)
  await clock.advance(999_000)
  assert.equal((await pool(fixture, job)).status, 'Available')
  await update(0)
  assert.equal((await pool(fixture, job)).status, 'Terminated')
  assert.deepEqual(await runtime?.known(), [])
})

for (const [how, step] of Object.entries({ forward: 3_600_000, back: -3_600_000 }))
  test(`a wall clock that is set ${how} by an hour keeps a pool no longer and no shorter, whoever asks for it`, async () => {
    let stepped = 0
    await using fixture = await supervisorFixture({ stepped: () => stepped })
    const [taken, left] = [await kept(fixture), await kept(fixture, { ...KEEPS, RoleArn: 'arn:aws:iam::1:role/other' })]
    stepped = step
    await fixture.clock.advance(500_000)
    const taker = await fixture.submit(MATCHES)
    await fixture.ended(taker)
    assert.equal((await pool(fixture, taken)).status, 'Reused')
    await fixture.clock.advance(80_000)
    assert.equal((await pool(fixture, left)).status, 'Available')
    await fixture.clock.advance(20_000)
    const { status, ...rest } = await pool(fixture, left)
    assert.deepEqual([status, 'retainedSeconds' in rest && rest.retainedSeconds], ['Terminated', 600])
  })

test('a pool whose time ended while no server was there goes to nobody, also before that is recorded', async () => {
  await using fixture = await supervisorFixture()
  const first = await kept(fixture)
  await fixture.supervisors.close()
  await fixture.clock.advance(600_000)
  const late = await fixture.submit(MATCHES)
  await fixture.restart()
  await fixture.ended(late)
  assert.equal((await pool(fixture, first)).status, 'Terminated')
})

test('a pool is kept only where its quota has room for all its instances, also of two that end at once', async () => {
  await using fixture = await supervisorFixture({ quotas: { 'warm-pool ml.m5.large': 2, 'warm-pool default': 0 } })
  const ends = async (request: object) => {
    const job = await fixture.submit({ ...request, RoleArn: `arn:aws:iam::1:role/${++roles}` })
    assert.equal((await fixture.ended(job)).status, 'Completed')
    return pool(fixture, job)
  }
  let roles = 0
  const of = (type: string, InstanceCount: number) => ({
    ResourceConfig: { ...KEEPS.ResourceConfig, InstanceType: type, InstanceCount },
  })
  const message = 'Training job completed'
  assert.deepEqual(await ends(of('ml.m5.xlarge', 1)), { status: 'Terminated', retainedSeconds: 0, message })
  assert.equal((await ends(of('ml.m5.large', 3))).status, 'Terminated')
  assert.equal((await ends(of('ml.m5.large', 1))).status, 'Available')
  const both = await Promise.all([ends(of('ml.m5.large', 1)), ends(of('ml.m5.large', 1))])
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ['Available', 'Terminated'])
})

test('a failed job’s workspace is kept for as long as configured although its pool is over', async () => {
  let runtime: Runtime | undefined
  const fails = { run: 1000, end: { kind: 'exited', code: 1 } } as const
  const failing = (clock: SupervisorFixture['clock']) => new SimulatedRuntime(clock, undefined, () => fails)
  await using fixture = await supervisorFixture({ runtime: (clock) => (runtime = failing(clock)) })
  const job = await kept(fixture)
  await fixture.clock.advance(601_000)
  assert.equal((await pool(fixture, job)).status, 'Terminated')
  assert.equal((await runtime?.known())?.length, 1)
  await fixture.clock.advance(86_400_000)
  assert.deepEqual(await runtime?.known(), [])
})

for (const [how, step] of Object.entries({ forward: 3_600_000, back: -3_600_000 }))
  test(`a wall clock that is set ${how} by an hour keeps a failed job’s workspace no longer and no shorter`, async () => {
    let stepped = 0
    let runtime: Runtime | undefined
    const fails = { run: 1000, end: { kind: 'exited', code: 1 } } as const
    const failing = (clock: SupervisorFixture['clock']) => new SimulatedRuntime(clock, undefined, () => fails)
    await using fixture = await supervisorFixture({
      runtime: (clock) => (runtime = failing(clock)),
      stepped: () => stepped,
    })
    // What is looked at again because of its pool.
    const job = await kept(fixture)
    stepped = step
    await fixture.clock.advance(KEPT_MS - 60_000)
    assert.equal((await pool(fixture, job)).status, 'Terminated')
    assert.equal((await runtime?.known())?.length, 1)
    await fixture.clock.advance(60_000)
    assert.deepEqual(await runtime?.known(), [])
  })

test('a failed job’s workspace is kept no longer than once more its time where the clock was set back before the server starts again', async () => {
  let stepped = 0
  const fails = { run: 1000, end: { kind: 'exited', code: 1 } } as const
  let runtime: Runtime | undefined
  await using fixture = await supervisorFixture({
    runtime: (clock) => (runtime ??= new SimulatedRuntime(clock, undefined, () => fails)),
    stepped: () => stepped,
  })
  await fixture.ended(await fixture.submit(MATCHES))
  stepped = -10 * KEPT_MS
  await fixture.restart()
  await fixture.clock.advance(KEPT_MS - 60_000)
  assert.equal((await runtime?.known())?.length, 1)
  await fixture.clock.advance(60_000)
  assert.deepEqual(await runtime?.known(), [])
})

test('a server that starts again keeps what is kept, and ends what has ended meanwhile', async () => {
  await using fixture = await supervisorFixture()
  const job = await kept(fixture)
  await fixture.restart()
  await fixture.supervisors.idle()
  assert.equal((await pool(fixture, job)).status, 'Available')
  await fixture.supervisors.close()
  await fixture.clock.advance(700_000)
  assert.equal((await pool(fixture, job)).status, 'Available')
  await fixture.restart()
  await fixture.supervisors.idle()
  const { status, ...rest } = await pool(fixture, job)
  assert.deepEqual([status, 'retainedSeconds' in rest && rest.retainedSeconds], ['Terminated', 600])
  assert.ok((await fixture.state(job)).lastModifiedTime >= START + 700_000)
})

test('a job that took a pool and whose server died before it was placed is placed on that pool, and takes no second one', async () => {
  const launched: InstanceSpec[] = []
  await using fixture = await supervisorFixture({ runtime: watched(launched) })
  const first = await kept(fixture)
  await fixture.supervisors.close()
  const second = await fixture.submit(MATCHES)
  const by = { jobId: second, name: await nameOf(fixture, second) }
  await recordEvent(fixture.store, fixture.clock, { jobId: first, event: { kind: 'pool-reused', by } })
  await fixture.restart()
  assert.equal((await fixture.ended(second)).status, 'Completed')
  assert.deepEqual(launched.find(({ id }) => id.jobId === second)?.warm?.jobId, first)
})
