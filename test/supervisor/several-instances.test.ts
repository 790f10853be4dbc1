import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { INTERNAL_SERVER_ERROR } from '../../src/lifecycle/failure-reason.ts'
import { InstanceError, type InstanceEnd, type InstanceId, type InstanceSpec } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime, type SimulatedCommand } from '../../src/runtime/simulated/simulated-runtime.ts'
import { recordEvent } from '../../src/store/record-event.ts'
import { START, statusesOf, supervisorFixture, type SupervisorFixture } from './supervisor-fixture.ts'
import { bound, withInstance } from './with-instance.ts'

const FIVE_STAGES = ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']
const FAILED = ['Starting', 'Downloading', 'Training', 'Uploading', 'Failed']
/** When Training begins: a launch and a download later. */
const TRAINING = 3000
/** `stop.grace` of the configuration, unless it is said otherwise. */
const GRACE = 120_000

function instances(InstanceCount: number): object {
  return { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount } }
}

/** A runtime whose hosts fare as told; each other one succeeds. */
function faring(commands: Readonly<Record<string, SimulatedCommand>>): (clock: VirtualClock) => SimulatedRuntime {
  return (clock) => new SimulatedRuntime(clock, undefined, ({ host }) => commands[host] ?? {})
}

function exit(code: number, failure?: string): InstanceEnd {
  return { kind: 'exited', code, ...(failure === undefined ? {} : { failure }) }
}

async function journalOf(fixture: SupervisorFixture, jobId: string, kind: string): Promise<Record<string, unknown>> {
  const journal = await fixture.store.journal({ jobId, after: 0, limit: 100 })
  return journal.find((record) => record.kind === kind)?.data ?? {}
}

async function stop(fixture: SupervisorFixture, jobId: string): Promise<void> {
  await recordEvent(fixture.store, fixture.clock, { jobId, event: { kind: 'stop-requested', cause: 'user' } })
  fixture.supervisors.wake(jobId)
}

test('a job of two hundred instances goes through its stages once, all hosts at a time', async () => {
  await using fixture = await supervisorFixture()
  const job = await fixture.submit(instances(200))
  const state = await fixture.ended(job)
  assert.deepEqual(statusesOf(state), FIVE_STAGES)
  const times = state.transitions.map(({ startTime }) => startTime - START)
  assert.deepEqual(times, [0, 1000, 3000, 8000, 9000])
  const { hosts } = await journalOf(fixture, job, 'downloading')
  assert.deepEqual((hosts as string[]).length, 200)
})

test('a host that ends well early does not end the job', async () => {
  await using fixture = await supervisorFixture({ runtime: faring({ 'algo-1': { run: 1 }, 'algo-2': { run: 9000 } }) })
  const state = await fixture.ended(await fixture.submit(instances(2)))
  assert.deepEqual(statusesOf(state), FIVE_STAGES)
  assert.equal(state.transitions[3]?.startTime, START + TRAINING + 9000)
})

test('the first host that fails decides the end at once; the others are ended, and what they come to does not matter', async () => {
  const commands = {
    'algo-1': { run: 60_000, ignoresTerm: true },
    'algo-2': { run: 2000, end: exit(3, 'the cause') },
    'algo-3': { run: 60_000 },
  }
  await using fixture = await supervisorFixture({ runtime: faring(commands) })
  const job = await fixture.submit(instances(3))
  await fixture.clock.advance(TRAINING + 2000)
  const decided = await fixture.state(job)
  assert.equal(decided.secondaryStatus, 'Training')
  const reason = 'AlgorithmError: the cause, exit code: 3'
  assert.deepEqual(decided.outcome, { kind: 'failed', reason, decidedAt: START + TRAINING + 2000 })
  const state = await fixture.ended(job)
  assert.deepEqual(statusesOf(state), FAILED)
  assert.equal(state.failureReason, 'AlgorithmError: the cause, exit code: 3')
  // Before the grace was over.
  assert.equal(state.transitions[3]?.startTime, START + TRAINING + 60_000)
  assert.equal((await journalOf(fixture, job, 'instance-failed'))['host'], 'algo-2')
  assert.deepEqual((await journalOf(fixture, job, 'command-ended'))['ends'], {
    'algo-1': exit(0),
    'algo-2': exit(3, 'the cause'),
    'algo-3': { kind: 'signalled', code: 143 },
  })
})

test('a host that ignores SIGTERM is killed when the grace is over', async () => {
  const commands = { 'algo-1': { run: 1000, end: exit(1) }, 'algo-2': { run: 9e9, ignoresTerm: true } }
  await using fixture = await supervisorFixture({ runtime: faring(commands) })
  const job = await fixture.submit(instances(2))
  const state = await fixture.ended(job)
  assert.equal(state.transitions[3]?.startTime, START + TRAINING + 1000 + GRACE)
  assert.equal(state.failureReason, 'AlgorithmError: , exit code: 1')
})

test('of hosts that fail in the same millisecond the lowest decides', async () => {
  const commands = {
    'algo-2': { run: 1000, end: exit(2) },
    'algo-3': { run: 1000, end: exit(3) },
    'algo-10': { run: 1000, end: exit(10) },
  }
  await using fixture = await supervisorFixture({ runtime: faring(commands) })
  const state = await fixture.ended(await fixture.submit(instances(10)))
  assert.equal(state.failureReason, 'AlgorithmError: , exit code: 2')
})

test('the runtime limit does not undo a failure that came before it', async () => {
  const commands = { 'algo-1': { run: 1000, end: exit(1) }, 'algo-2': { run: 9e9, ignoresTerm: true } }
  await using fixture = await supervisorFixture({ runtime: faring(commands) })
  const state = await fixture.ended(
    await fixture.submit({ ...instances(2), StoppingCondition: { MaxRuntimeInSeconds: 10 } }),
  )
  assert.deepEqual(statusesOf(state), FAILED)
})

test('the runtime limit and a Stop end every host', async () => {
  await using fixture = await supervisorFixture({ runtime: faring({ 'algo-2': { run: 9e9, ignoresTerm: true } }) })
  const limited = await fixture.submit({ ...instances(2), StoppingCondition: { MaxRuntimeInSeconds: 4 } })
  const stopped = await fixture.submit(instances(2))
  await fixture.clock.advance(TRAINING + 2500)
  await stop(fixture, stopped)
  for (const [job, status, at] of [
    [limited, 'MaxRuntimeExceeded', 5000],
    [stopped, 'Stopped', TRAINING + 2500],
  ] as const) {
    const state = await fixture.ended(job)
    assert.deepEqual(statusesOf(state), ['Starting', 'Downloading', 'Training', 'Stopping', 'Uploading', status])
    assert.equal(state.transitions[3]?.startTime, START + at)
    assert.equal(state.transitions[4]?.startTime, START + at + GRACE)
    assert.deepEqual((await journalOf(fixture, job, 'command-ended'))['ends'], {
      'algo-1': { kind: 'signalled', code: 143 },
      'algo-2': { kind: 'signalled', code: 137 },
    })
  }
})

test('the loss of a host is a platform fault, after the others have ended', async () => {
  const commands = {
    'algo-2': { run: 1000, end: { kind: 'lost', detail: 'no power' } },
    'algo-1': { run: 60_000 },
  } as const
  await using fixture = await supervisorFixture({ runtime: faring(commands) })
  const job = await fixture.submit(instances(2))
  const state = await fixture.ended(job)
  assert.deepEqual(statusesOf(state), ['Starting', 'Downloading', 'Training', 'Failed'])
  assert.equal(state.failureReason, INTERNAL_SERVER_ERROR)
  assert.equal((await journalOf(fixture, job, 'instance-failed'))['host'], 'algo-2')
  assert.equal((await journalOf(fixture, job, 'failed'))['cause'], 'no power')
})

test('a server that is killed in any stage takes all hosts up again', async () => {
  for (const after of [500, 2000, 5000, 8500]) {
    await using fixture = await supervisorFixture()
    const job = await fixture.submit(instances(3))
    await fixture.clock.advance(after)
    await fixture.restart()
    assert.deepEqual(statusesOf(await fixture.ended(job)), FIVE_STAGES, `killed after ${after} ms`)
  }
})

test('a host that failed before the server was killed still decides the end, whatever its peers came to meanwhile', async () => {
  const commands = {
    'algo-1': { run: 4000, end: exit(1, 'lost my peer') },
    'algo-2': { run: 3000, end: exit(7, 'the cause') },
    'algo-3': { run: 3500, end: exit(1, 'lost my peer') },
  }
  for (const killed of [TRAINING + 1000, TRAINING + 3200, TRAINING + 3700]) {
    let runtime: SimulatedRuntime | undefined
    const surviving = (clock: VirtualClock) => (runtime ??= faring(commands)(clock))
    await using fixture = await supervisorFixture({ runtime: surviving })
    const job = await fixture.submit(instances(3))
    await fixture.clock.advance(killed)
    await fixture.supervisors.close()
    await fixture.clock.advance(10_000)
    await fixture.restart()
    const state = await fixture.ended(job)
    assert.equal(state.failureReason, 'AlgorithmError: the cause, exit code: 7', `killed after ${killed} ms`)
  }
})

test('a server that is killed while the others are being ended ends them, and keeps the decision', async () => {
  const commands = { 'algo-1': { run: 1000, end: exit(5) }, 'algo-2': { run: 9e9, ignoresTerm: true } }
  let runtime: SimulatedRuntime | undefined
  const surviving = (clock: VirtualClock) => (runtime ??= faring(commands)(clock))
  await using fixture = await supervisorFixture({ runtime: surviving })
  const job = await fixture.submit(instances(2))
  await fixture.clock.advance(TRAINING + 5000)
  await fixture.restart()
  const state = await fixture.ended(job)
  assert.deepEqual(statusesOf(state), FAILED)
  assert.equal(state.failureReason, 'AlgorithmError: , exit code: 5')
  assert.equal(state.transitions[3]?.startTime, START + TRAINING + 1000 + GRACE)
})

test('a launch or a download that fails on one host fails the job, and names the host in the journal', async () => {
  for (const [step, reason] of [
    ['launch', 'ClientError: no room'],
    ['download', 'ClientError: Data download failed:no room'],
  ] as const) {
    const failing = ({ host }: InstanceId) =>
      host === 'algo-2' ? Promise.reject(new InstanceError('client', 'no room')) : Promise.resolve()
    const broken = (clock: VirtualClock) => {
      const simulated = new SimulatedRuntime(clock)
      const changed = withInstance(simulated, (instance) => ({
        ...bound(instance, 'download'),
        download: (channels, options) =>
          (step === 'download' ? failing(instance.id) : Promise.resolve()).then(() =>
            instance.download(channels, options),
          ),
      }))
      const launch = async (spec: InstanceSpec, options: { readonly signal?: AbortSignal }) => {
        if (step === 'launch') await failing(spec.id)
        return changed.launch(spec, options)
      }
      return { ...changed, launch }
    }
    await using fixture = await supervisorFixture({ runtime: broken })
    const job = await fixture.submit(instances(3))
    const state = await fixture.ended(job)
    assert.equal(state.failureReason, reason)
    assert.equal((await journalOf(fixture, job, 'failed'))['host'], 'algo-2')
  }
})

test('a host that cannot start its command fails the job once the others have been ended', async () => {
  for (const [fault, expected, reason] of [
    ['client', FAILED, 'AlgorithmError: no room, exit code: 1'],
    ['platform', ['Starting', 'Downloading', 'Training', 'Failed'], INTERNAL_SERVER_ERROR],
  ] as const) {
    const broken = (clock: VirtualClock) =>
      withInstance(new SimulatedRuntime(clock), (instance) => ({
        ...bound(instance, 'start'),
        start: (options) =>
          instance.id.host === 'algo-2' ? Promise.reject(new InstanceError(fault, 'no room')) : instance.start(options),
      }))
    await using fixture = await supervisorFixture({ runtime: broken })
    const job = await fixture.submit(instances(2))
    const state = await fixture.ended(job)
    assert.deepEqual(statusesOf(state), expected)
    assert.equal(state.failureReason, reason)
    assert.equal((await journalOf(fixture, job, 'instance-failed'))['host'], 'algo-2')
  }
})

test('every instance is gone when the job is over', async () => {
  let runtime: SimulatedRuntime | undefined
  await using fixture = await supervisorFixture({ runtime: (clock) => (runtime = new SimulatedRuntime(clock)) })
  await fixture.ended(await fixture.submit(instances(4)))
  await fixture.supervisors.idle()
  assert.deepEqual(await runtime?.known(), [])
})
