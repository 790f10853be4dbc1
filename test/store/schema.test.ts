import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { test } from 'node:test'
import { storeSchema } from '../../scripts/dump-schema.ts'
import {
  isTerminal,
  isTerminalSecondary,
  SECONDARY_STATUSES,
  TRAINING_JOB_STATUSES,
} from '../../src/lifecycle/status.ts'
import { migrate } from '../../src/sqlite/migrate.ts'
import { MigrationFileError, parseMigration, sqliteMigrations } from '../../src/store/sqlite/migrations.ts'

test('the schema that is checked in is the one the migrations make', async () => {
  const file = new URL('../../src/store/sqlite/schema.sql', import.meta.url)
  assert.equal(await readFile(file, 'utf8'), storeSchema(), 'run `node scripts/dump-schema.ts` and review what changed')
})

test('migrations are numbered without gaps, and the first line of each says whether it is breaking', () => {
  assert.deepEqual(
    sqliteMigrations().map(({ version }) => version),
    sqliteMigrations().map((_, index) => index + 1),
  )
  assert.equal(parseMigration('0007_more.sql', '-- 0007 more (not breaking): an index').breaking, false)
  assert.equal(parseMigration('0007_more.sql', '-- 0007 more (breaking): a table').breaking, true)
  for (const [file, line] of [
    ['0007_more.sql', 'CREATE TABLE t (v)'],
    ['0007_more.sql', '-- 0008 more (breaking): a table'],
    ['0007_more.sql', '-- 0007 more: a table'],
    ['7_more.sql', '-- 0007 more (breaking): a table'],
  ] as const) {
    assert.throws(() => parseMigration(file, line), MigrationFileError, line)
  }
})

test('the database knows the statuses of the lifecycle, and that both end together', () => {
  using database = withSchema()
  for (const status of [...TRAINING_JOB_STATUSES, 'Running']) {
    for (const secondary of [...SECONDARY_STATUSES, 'LaunchingMLInstances']) {
      const known = status !== 'Running' && secondary !== 'LaunchingMLInstances'
      const fits =
        known && SECONDARY_STATUSES.some((each) => each === secondary && isTerminalSecondary(each) === ends(status))
      assert.equal(
        succeeds(() => insertJob(database, status, secondary)),
        fits,
        `${status}, ${secondary}`,
      )
    }
  }
})

test('a transition has a status of the lifecycle', () => {
  using database = withSchema()
  insertJob(database, 'InProgress', 'Starting', 'job')
  for (const [seq, status] of ['Downloaded', ...SECONDARY_STATUSES].entries()) {
    const insert = () => put(database, seq, { status })
    assert.equal(succeeds(insert), status !== 'Downloaded', status)
    database.exec('DELETE FROM transitions')
  }
})

test('a job that has ended keeps every member, whoever writes', () => {
  using database = withSchema()
  insertJob(database, 'Stopped', 'MaxRuntimeExceeded', 'job')
  const changes = [
    "status = 'InProgress', secondary_status = 'Training'",
    "status = 'Completed', secondary_status = 'Completed'",
    "secondary_status = 'Stopped'",
    'training_start_time = 5',
    'training_end_time = 5',
    "failure_reason = 'x'",
    "model_artifacts = 'x'",
    "final_metrics = '[]'",
    "stop_cause = 'user'",
    "outcome = '{}'",
    'attempt = 2',
  ]
  for (const change of changes) assert.equal(update(database, change), 0, change)
  assert.equal(update(database, 'version = 2, last_modified_time = 9'), 1)
  assert.equal(update(database, "status = 'Deleting'"), 1)
  assert.equal(update(database, "status = 'Stopped'"), 0)
})

test('history is added to and never rewritten', () => {
  using database = withSchema()
  insertJob(database, 'InProgress', 'Starting', 'job')
  put(database, 0, { status: 'Starting', end: 10 })
  put(database, 1, { status: 'Training', end: null })
  const change = (seq: number, what: string) => () =>
    database.exec(`UPDATE transitions SET ${what} WHERE job_id = 'job' AND seq = ${seq}`)
  for (const what of ["status = 'Pending'", 'start_time = 9', 'end_time = 11', 'end_time = NULL', "message = 'x'"]) {
    assert.throws(change(0, what), /has happened cannot be changed/, what)
  }
  for (const what of ["status = 'Pending'", 'start_time = 9']) assert.throws(change(1, what), /cannot be changed/, what)
  change(1, "message = 'next'")()
  change(1, 'end_time = 20')()
  put(database, 2, { status: 'Stopped', end: 20 })
  assert.throws(change(2, 'end_time = 21'), /cannot be changed/)
  change(2, "message = 'retained'")()
  assert.throws(() => put(database, 3, { status: 'Training', end: null }), /nothing follows a terminal transition/)
})

test('What a job left can be deleted once it has ended, whoever tries, and the journal is never changed', () => {
  using database = withSchema()
  insertJob(database, 'InProgress', 'Starting', 'job')
  for (const id of ['job', 'deleted']) {
    for (const kind of ['created', 'tags'])
      database.exec(`INSERT INTO journal (job_id, kind, time, data) VALUES ('${id}', '${kind}', 0, '{}')`)
    database.exec(`INSERT INTO log_streams VALUES ('', '', '${id}', '${id}', '', 0)`)
  }
  const remove = (table: string, id: string, which = '') =>
    succeeds(() => database.exec(`DELETE FROM ${table} WHERE job_id = '${id}' ${which}`))
  assert.equal(remove('journal', 'deleted'), true)
  assert.equal(remove('log_streams', 'deleted'), true)
  const statuses = [
    ['InProgress', 'Training', false],
    ['Stopping', 'Stopping', false],
    ['Completed', 'Completed', true],
    ['Deleting', 'Completed', false],
  ] as const
  for (const [status, secondary, hasEnded] of statuses) {
    update(database, `status = '${status}', secondary_status = '${secondary}'`)
    database.exec('SAVEPOINT one')
    assert.equal(remove('journal', 'job', "AND kind = 'created'"), false, status)
    assert.equal(remove('journal', 'job', "AND kind = 'tags'"), hasEnded, status)
    assert.equal(remove('log_streams', 'job'), hasEnded, status)
    database.exec('ROLLBACK TO one')
  }
  assert.throws(() => database.exec('UPDATE journal SET time = 1'), /what has happened cannot be changed/)
})

test('no rule fills a table with what it compares with, each time a row is written', () => {
  using database = withSchema()
  const columns = database.prepare("SELECT name FROM pragma_table_info('jobs')").all()
  for (const statement of [
    `INSERT INTO jobs DEFAULT VALUES`,
    `UPDATE jobs SET ${columns.map(({ name }) => `${String(name)} = ?`).join(', ')} WHERE id = ?`,
    'INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?)',
    'UPDATE transitions SET end_time = ?, message = ? WHERE job_id = ? AND seq = ?',
  ]) {
    const tables = database
      .prepare(`EXPLAIN ${statement}`)
      .all()
      .filter(({ opcode }) => opcode === 'OpenEphemeral')
    assert.deepEqual(tables, [], statement)
  }
})

function withSchema(): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  migrate(database, sqliteMigrations())
  return database
}

let jobs = 0

function insertJob(database: DatabaseSync, status: string, secondary: string, id = `job-${jobs++}`): void {
  const values: SQLInputValue[] = [id, id, id, status, secondary]
  database
    .prepare(
      `INSERT INTO jobs (id, name, name_folded, status, secondary_status, account, region, arn, version, creation_time,
         last_modified_time, attempt, request, document)
       VALUES (?, ?, ?, ?, ?, '', '', '', 1, 0, 0, 1, '', '')`,
    )
    .run(...values)
}

function put(
  database: DatabaseSync,
  seq: number,
  element: { readonly status: string; readonly end?: number | null },
): void {
  database
    .prepare(
      "INSERT INTO transitions (job_id, seq, status, start_time, end_time, message) VALUES ('job', ?, ?, 0, ?, '')",
    )
    .run(seq, element.status, element.end ?? null)
}

function update(database: DatabaseSync, change: string): number | bigint {
  return database.prepare(`UPDATE jobs SET ${change} WHERE id = 'job'`).run().changes
}

function ends(status: string): boolean {
  return TRAINING_JOB_STATUSES.some((each) => each === status && isTerminal(each))
}

function succeeds(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
