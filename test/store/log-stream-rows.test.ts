import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Store } from '../../src/store/store.ts'
import { aJob, SCOPE } from '../conformance/store/a-job.ts'
import { temporaryStore } from './temporary-store.ts'
import { turnsDuring } from './turns.ts'

/** Six slices. */
const STREAMS = 3000
const NAMES = Array.from({ length: STREAMS }, (_, number) => `job-${String(number).padStart(4, '0')}/algo-1-1`)
/** One in 700 is of the job that goes on. */
const ACTIVE = NAMES.filter((_, number) => number % 700 === 0)
const ENDED = 1_600_000_000_000

/** Streams of two jobs, one of which ended long ago. */
async function fill(store: Store, path: string): Promise<void> {
  const [ended, goesOn] = [aJob(1), aJob(2)]
  await store.insertJob(ended)
  await store.insertJob(goesOn)
  const database = new DatabaseSync(path)
  database.exec('BEGIN')
  database
    .prepare(`UPDATE jobs SET status = 'Failed', secondary_status = 'Failed', last_modified_time = ? WHERE id = ?`)
    .run(ENDED, ended.id)
  const insert = database.prepare('INSERT INTO log_streams VALUES (?, ?, ?, ?, ?, 1)')
  for (const name of NAMES)
    insert.run(SCOPE.account, SCOPE.region, name, ACTIVE.includes(name) ? goesOn.id : ended.id, `f/${name}`)
  database.exec('COMMIT')
  database.close()
}

test('the few streams of jobs that go on are found among many of others, in both directions, others having their turn between slices', async () => {
  await using under = await temporaryStore()
  await fill(under.store, under.path)
  const page = async (query: object) => {
    const all = { ...SCOPE, prefix: '', activeSince: ENDED + 1, limit: 50, ...query }
    const { result, turns } = await turnsDuring(() => under.store.logStreams(all))
    return { names: result.map(({ name }) => name), turns }
  }
  const forward = await page({})
  assert.deepEqual(forward.names, ACTIVE)
  assert.ok(forward.turns >= STREAMS / 500 - 1, `${forward.turns} turns`)
  const backward = await page({ descending: true })
  assert.deepEqual(backward.names, ACTIVE.toReversed())
  assert.ok(backward.turns >= STREAMS / 500 - 1, `${backward.turns} turns`)

  const one = await page({ limit: 1 })
  assert.deepEqual(one.names, ACTIVE.slice(0, 1))
  assert.ok(one.turns < STREAMS / 500 - 1, 'a page that is full looks no further')
  for (const [at, after] of ACTIVE.entries()) {
    assert.deepEqual((await page({ after })).names, ACTIVE.slice(at + 1))
    assert.deepEqual((await page({ after, descending: true })).names, ACTIVE.slice(0, at).toReversed())
  }
  assert.deepEqual((await page({ prefix: 'job-07' })).names, [ACTIVE[1]])
  assert.deepEqual((await page({ activeSince: ENDED, limit: STREAMS })).names, NAMES)
})
