import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import type { TrainingJobStatus } from '../../src/lifecycle/status.ts'
import { migrate } from '../../src/sqlite/migrate.ts'
import { openDatabase } from '../../src/sqlite/open-database.ts'
import { recordEvent } from '../../src/store/record-event.ts'
import { sqliteMigrations } from '../../src/store/sqlite/migrations.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { atEnd } from '../support/at-end.ts'

const SCOPE = { account: '111122223333', region: 'us-east-1' }

interface OldJob {
  readonly id: string
  readonly status: TrainingJobStatus
  readonly secondary: string
  readonly resources?: object
  readonly environment?: object
  readonly repeatKey?: string
}

/** In the order of creation. */
const JOBS: readonly OldJob[] = [
  { id: 'j1', status: 'Completed', secondary: 'Completed', resources: { KeepAlivePeriodInSeconds: 60 } },
  { id: 'j2', status: 'Failed', secondary: 'Failed', resources: { KeepAlivePeriodInSeconds: 0 }, repeatKey: 'again' },
  // Whatever stands elsewhere under that name asks for no warm pool.
  { id: 'j3', status: 'Stopped', secondary: 'Stopped', environment: { KeepAlivePeriodInSeconds: '5' } },
  { id: 'j4', status: 'InProgress', secondary: 'Training', resources: { KeepAlivePeriodInSeconds: 3600 } },
  { id: 'j5', status: 'Stopping', secondary: 'Stopping', repeatKey: 'stopped' },
]

/** What a server of the first schema wrote. */
function fill(database: DatabaseSync): void {
  migrate(database, sqliteMigrations().slice(0, 1))
  for (const [index, job] of JOBS.entries()) insert(database, job, 1000 + index)
}

function documentOf({ id, resources, environment = {} }: OldJob): string {
  return JSON.stringify({ TrainingJobName: id, Environment: environment, ResourceConfig: resources })
}

function insert(database: DatabaseSync, job: OldJob, time: number): void {
  const { id, status, secondary, repeatKey } = job
  const ended = secondary === status ? time + 500 : null
  database
    .prepare(
      `INSERT INTO jobs (id, account, region, name, name_folded, arn, version, status, secondary_status, creation_time, last_modified_time,
         training_end_time, attempt, request, document) VALUES (?, ?, ?, ?, ?, ?, 3, ?, ?, ?, ?, ?, 1, ?, ?)`,
    )
    .run(
      id,
      SCOPE.account,
      SCOPE.region,
      id.toUpperCase(),
      id,
      `arn:${id}`,
      status,
      secondary,
      time,
      time + 500,
      ended,
      '{}',
      documentOf(job),
    )
  database
    .prepare('INSERT INTO transitions (job_id, seq, status, start_time, message) VALUES (?, 0, ?, ?, ?)')
    .run(id, secondary, time, 'm')
  database.prepare('INSERT INTO tags (job_id, key, value) VALUES (?, ?, ?)').run(id, 'team', id)
  database.prepare(`INSERT INTO journal (job_id, kind, time, data) VALUES (?, 'created', ?, '{}')`).run(id, time)
  if (repeatKey !== undefined)
    database.prepare('INSERT INTO repeats (repeat_key, job_id) VALUES (?, ?)').run(repeatKey, id)
}

/** The record of such a server, opened by this program. */
async function broughtUp(t: TestContext): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-migrations-'))
  atEnd(t, () => rm(folder, { recursive: true }))
  const path = join(folder, 'store.db')
  const database = openDatabase(path)
  fill(database)
  database.close()
  const store = await openSqliteStore({ path })
  atEnd(t, () => store.close())
  return store
}

test('a filled record of the first schema is brought up whole: jobs, tags, journal, warm pools and repeats', async (t) => {
  const store = await broughtUp(t)
  const { jobs } = await store.listJobs({ ...SCOPE, ascending: true, limit: 10 })
  assert.deepEqual(
    jobs.map(({ id, status, warmPool }) => [id, status, warmPool]),
    [
      ['j1', 'Completed', { status: 'Terminated', retainedSeconds: 0 }],
      ['j2', 'Failed', undefined],
      ['j3', 'Stopped', undefined],
      ['j4', 'InProgress', { status: 'InUse', keepAliveSeconds: 3600 }],
      ['j5', 'Stopping', undefined],
    ],
  )
  for (const old of JOBS) {
    const { id, status } = old
    const job = await store.job(id)
    assert.deepEqual([job?.version, job?.state.status, job?.state.transitions.length], [3, status, 1], id)
    assert.deepEqual([job?.request, job?.document], ['{}', documentOf(old)])
    assert.deepEqual(await store.tags(id), [{ key: 'team', value: id }])
    assert.equal((await store.journal({ jobId: id, after: 0, limit: 9 })).length, 1)
  }
  assert.equal((await store.jobByRepeatKey(SCOPE, 'J2', 'again'))?.id, 'j2')
  assert.equal((await store.jobByRepeatKey(SCOPE, 'J5', 'stopped'))?.id, 'j5')
  assert.deepEqual(await store.unfinishedJobs(), [{ id: 'j4' }, { id: 'j5' }])
})

test('a job of the first schema can be deleted, and its name and its request made again after', async (t) => {
  const store = await broughtUp(t)
  await recordEvent(store, new VirtualClock(9000), { jobId: 'j2', event: { kind: 'delete-requested' } })
  assert.equal(await store.deleteJob('j2', []), true)
  assert.equal(await store.jobByRepeatKey(SCOPE, 'J2', 'again'), undefined)
  assert.equal(await store.jobByName(SCOPE, 'J2'), undefined)
  assert.deepEqual(await store.tags('j2'), [])
  assert.equal((await store.journal({ jobId: 'j2', after: 0, limit: 9 })).length, 2)
})

test('a record of the first schema that is brought up keeps to the rules of the last, in what it has and in what is written', () => {
  const database = openDatabase(':memory:')
  fill(database)
  migrate(database, sqliteMigrations())
  assert.deepEqual(
    database
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => ({ ...row })),
    [{ integrity_check: 'ok' }],
  )
  for (const change of [
    "status = 'Running'",
    "secondary_status = 'Completed'",
    "stop_cause = 'nobody'",
    "warm_pool_status = 'Cold'",
  ])
    assert.throws(() => database.exec(`UPDATE jobs SET ${change} WHERE id = 'j4'`), /CHECK constraint failed/, change)
  assert.throws(() => database.exec("UPDATE sqlite_schema SET sql = '' WHERE name = 'jobs'"), /may not be modified/)
  database.close()
})

test('the names of jobs of an older record are in the index of names', () => {
  const database = openDatabase(':memory:')
  migrate(database, sqliteMigrations().slice(0, 1))
  insert(database, { id: 'older-job', status: 'Completed', secondary: 'Completed' }, 1000)
  migrate(database, sqliteMigrations())
  const found = database.prepare(
    `SELECT jobs.id FROM job_names JOIN jobs ON jobs.rowid = job_names.rowid WHERE job_names MATCH '"r-j"'`,
  )
  assert.deepEqual(
    found.all().map(({ id }) => id),
    ['older-job'],
  )
  database.close()
})
