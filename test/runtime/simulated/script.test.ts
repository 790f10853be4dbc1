import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { VirtualClock } from '../../../src/clock/virtual-clock.ts'
import { systemDurableFiles } from '../../../src/durable/durable-files.ts'
import type { JobState, Transition } from '../../../src/lifecycle/job.ts'
import type { InstanceSpec } from '../../../src/runtime/runtime.ts'
import { SimulatedRuntime, type SimulatedRecord } from '../../../src/runtime/simulated/simulated-runtime.ts'
import { resources } from '../../support/resources.ts'

const START = 1_000_000

function specOf(t: TestContext, script: string, attempt = 1): InstanceSpec {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-script-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return {
    id: { jobId: 'j', attempt, host: 'algo-1' },
    hosts: ['algo-1'],
    network: 'machine',
    environment: { name: 'any', python: '/usr/bin/python3' },
    resources: resources(),
    command: undefined,
    variables: { TRAINYARD_SIMULATE: script },
    configFiles: {},
    channels: [],
    logFile: join(folder, 'log'),
    logMaxBytes: 10_000,
  }
}

/** A runtime of a server whose record says this. */
function runtimeOf(clock: VirtualClock, spec: InstanceSpec, state: Pick<JobState, 'secondaryStatus' | 'transitions'>) {
  const full: JobState = {
    ...state,
    status: 'InProgress',
    creationTime: START,
    lastModifiedTime: START,
    attempt: spec.id.attempt,
  }
  const record: SimulatedRecord = { ...spec, state: full }
  const plan = (name: string) => (name === 'kept' ? 'exit 7' : undefined)
  const source = { plan, record: async () => record, folder: '/nowhere', durable: systemDurableFiles }
  return new SimulatedRuntime(clock, undefined, undefined, source)
}

function transition(status: Transition['status'], startTime: number, endTime?: number): Transition {
  return { status, startTime, message: '', ...(endTime === undefined ? {} : { endTime }) }
}

const STARTING = { secondaryStatus: 'Starting', transitions: [transition('Starting', START)] } as const

test('what a warm pool kept is launched at once, whatever the launch takes otherwise, unless it fails', async (t) => {
  const clock = new VirtualClock(START)
  const warm = { jobId: 'earlier', attempt: 1, host: 'algo-1' }
  const spec = specOf(t, 'launch 20m')
  await runtimeOf(clock, spec, STARTING).launch({ ...spec, warm }, {})
  assert.equal(clock.now(), START)
  const failing = specOf(t, 'launch 20m; fail launch platform "cold"')
  await assert.rejects(runtimeOf(clock, failing, STARTING).launch({ ...failing, warm }, {}), { message: 'cold' })
})

test('a script plays its lines, the values of its metrics and its end', async (t) => {
  const clock = new VirtualClock(START)
  const script =
    'launch 0s; run 30s; log "on {host}"; log every 10s "{n} {t} loss={loss} acc={acc}"; metric loss from 3 to 0; metric acc = 0.5, 1; exit 3; failure "why"'
  const spec = specOf(t, script)
  const launching = runtimeOf(clock, spec, STARTING).launch(spec, {})
  await clock.advance(0)
  const instance = await launching
  await instance.start({})
  await clock.advance(30_000)
  assert.deepEqual(await instance.wait({}), { kind: 'exited', code: 3, failure: 'why' })
  const log = readFileSync(spec.logFile, 'utf8')
  assert.equal(log, 'on algo-1\n1 10 loss=2 acc=0.5\n2 20 loss=1 acc=1\n3 30 loss=0 acc=1\n')
  assert.equal(await instance.endedAt(), START + 30_000)
})

test('an attempt goes on from the last checkpoint of the one before it', async (t) => {
  const clock = new VirtualClock(START + 100_000)
  const spec = specOf(t, 'run 1m; checkpoint every 20s; log every 10s "{n} {attempt}"', 2)
  const transitions = [
    transition('Training', START, START + 35_000),
    transition('Interrupted', START + 35_000, START + 100_000),
    transition('Starting', START + 100_000),
  ]
  const runtime = runtimeOf(clock, spec, { secondaryStatus: 'Starting', transitions })
  const launching = runtime.launch(spec, {})
  await clock.advance(100_000)
  const instance = await launching
  await instance.start({})
  const begun = clock.now()
  await clock.advance(60_000)
  assert.equal(await instance.endedAt(), begun + 40_000)
  assert.equal(readFileSync(spec.logFile, 'utf8'), '3 2\n4 2\n5 2\n6 2\n')
})

test('what ran when a server ended goes on where its log ends, and ends when it would have', async (t) => {
  const clock = new VirtualClock(START)
  const script = 'run 50s; log every 10s "{n}"'
  const spec = specOf(t, script)
  const first = runtimeOf(clock, spec, STARTING)
  const launching = first.launch(spec, {})
  await clock.advance(1000)
  const instance = await launching
  await instance.start({})
  const begun = clock.now()
  await clock.advance(25_000)
  const transitions = [transition('Starting', START, begun), transition('Training', begun)]
  const next = new VirtualClock(begun + 25_000)
  const again = await runtimeOf(next, spec, { secondaryStatus: 'Training', transitions }).find(spec.id)
  assert.ok(again)
  await again.start({})
  await next.advance(25_000)
  assert.deepEqual(await again.wait({}), { kind: 'exited', code: 0 })
  assert.equal(await again.endedAt(), begun + 50_000)
  assert.equal(readFileSync(spec.logFile, 'utf8'), '1\n2\n3\n4\n5\n')
})

test('an image takes its time where the script has one, also when the server ends meanwhile, and nothing is said of one where it has none', async (t) => {
  const clock = new VirtualClock(START)
  const spec = specOf(t, 'pull 40s')
  const downloading = { ...transition('Downloading', START - 60_000), message: 'Downloading the training image' }
  const state = { secondaryStatus: 'Downloading', transitions: [downloading] } as const
  let said = 0
  const fetching = () => Promise.resolve(said++)
  // The record was last changed when its fetching began.
  await clock.advance(15_000)
  const again = await runtimeOf(clock, spec, state).find(spec.id)
  assert.ok(again)
  const pulled = again.pull({ fetching }).then(() => clock.now())
  await clock.advance(60_000)
  assert.equal(await pulled, START + 40_000)
  assert.equal(said, 1)
  const none = await runtimeOf(clock, specOf(t, 'run 1s'), state).find(spec.id)
  await none?.pull({ fetching })
  assert.equal(said, 1)
})

test('a step that the script has fail fails, and a plan that has gone since Create does too', async (t) => {
  const clock = new VirtualClock(START)
  const failing = specOf(t, 'launch 0s; download 0s; fail download platform "disk broke"')
  const launching = runtimeOf(clock, failing, STARTING).launch(failing, {})
  await clock.advance(0)
  const download = (await launching).download([], {})
  const refused = assert.rejects(download, { fault: 'platform', message: 'disk broke' })
  await clock.advance(0)
  await refused
  const gone = specOf(t, '@gone')
  await assert.rejects(runtimeOf(clock, gone, STARTING).launch(gone, {}), {
    fault: 'client',
    message: /names the plan gone/,
  })
})

test('scripts and the plans that they name are read before the job exists', async (t) => {
  const spec = specOf(t, '')
  const runtime = runtimeOf(new VirtualClock(START), spec, STARTING)
  const admit = (text: string, hosts = 1) => runtime.admit({ variables: { TRAINYARD_SIMULATE: text }, hosts })
  assert.deepEqual(await admit('@kept'), { admitted: true })
  assert.deepEqual(await admit('algo-2: lost', 2), { admitted: true })
  const host = await admit('algo-2: lost')
  assert.ok(!host.admitted)
  assert.match(
    host.reason,
    /^TRAINYARD_SIMULATE cannot be read: The job has no host algo-2: .*character 1:\n {2}algo-2: lost\n {2}\^$/,
  )
  const plan = await admit('@unknown')
  assert.ok(!plan.admitted)
  assert.match(plan.reason, /names the plan unknown, which this server does not keep/)
})
