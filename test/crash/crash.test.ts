import assert from 'node:assert/strict'
import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkWorld } from './check-world.ts'
import { runInProcess } from './in-process.ts'
import { Points } from './life.ts'
import { playScenario } from './play-scenario.ts'
import { runPoint } from './run-point.ts'
import { SCENARIOS, type Scenario } from './scenario.ts'
import { joined, tableOf } from './table.ts'
import { World } from './world.ts'

const SUCCEEDED: Scenario = { name: 'succeeded', jobs: [{ name: 'j', ends: 'Completed' }] }

test('a server that is dropped, twice, has a full disk or a stepped clock at some points of every kind of job breaks no invariant', async () => {
  const counts = { dropped: 60, 'dropped twice': 12, 'disk full': 12, 'clock stepped': 12 }
  const rows = await runInProcess({ counts, seed: 4 })
  assert.deepEqual(
    rows.flatMap(({ broken }) => broken),
    [],
  )
  assert.ok(rows.every(({ points }) => points > 0))
})

test('a dropped server is dead at once: another one takes its job up, and every kind of job has hundreds of points', async () => {
  const undisturbed = await runPoint(SUCCEEDED, { kind: 'none' })
  assert.deepEqual([undisturbed.deaths, undisturbed.broken], [0, []])
  const dropped = await runPoint(SUCCEEDED, { kind: 'drop', at: [40, 60] })
  assert.deepEqual([dropped.deaths, dropped.broken], [2, []])
  assert.ok(dropped.passed > undisturbed.passed)
  assert.ok(SCENARIOS.length > 20 && undisturbed.passed > 100)
})

test('what is broken is found: a command that ran twice, a lost transition, a log that is not whole, a workspace', async () => {
  await using world = new World(new Points({ kind: 'none' }))
  const played = await playScenario(world, SUCCEEDED)
  assert.deepEqual(await checkWorld(world, SUCCEEDED, played), [])
  const job = played.jobs.get('j')
  assert.ok(job)
  const [instance = ''] = world.machine.starts.keys()
  world.machine.starts.set(instance, 2)
  const transitions = job.state.transitions.toSpliced(2, 1)
  const torn = { ...job, state: { ...job.state, transitions } }
  const [log = ''] = await readdir(world.logs)
  await appendFile(join(world.logs, log), 'simulated training begins\n')
  await mkdir(join(world.folder, 'jobs/old'), { recursive: true })
  await writeFile(join(world.folder, 'jobs/old/archive'), '')
  const broken = await checkWorld(world, SUCCEEDED, { ...played, jobs: new Map([['j', torn]]) })
  for (const expected of [
    /ran 2 times/,
    /Downloading is followed by Uploading/,
    /not where the next begins/,
    /has a line twice/,
    /the journal tells/,
    /archive is left/,
  ])
    assert.ok(
      broken.some((problem) => expected.test(problem)),
      `${expected} in ${broken.join('\n')}`,
    )
})

test('the table of the documentation is what the runner prints', () => {
  const row = { part: 'dropped', points: 2400, scenarios: 26, broken: [] }
  assert.equal(
    tableOf([row]),
    [
      '| What goes wrong | Points | Kinds of jobs | Invariants broken |',
      '| --------------- | ------ | ------------- | ----------------- |',
      '| dropped         | 2,400  | 26            | 0                 |',
    ].join('\n'),
  )
})

test('the table of several rounds adds up their points, and keeps what any of them broke', () => {
  const row = { part: 'dropped', points: 10, scenarios: 26, broken: ['first'] }
  const more = { ...row, points: 5, scenarios: 20, broken: [] }
  assert.deepEqual(joined([], [row]), [row])
  const failed = { part: 'SIGKILL', points: 0, scenarios: 0, broken: ['it ended'] }
  assert.deepEqual(joined([row, failed], [row])[1], failed)
  assert.deepEqual(joined([row], [more]), [{ part: 'dropped', points: 15, scenarios: 26, broken: ['first'] }])
})
