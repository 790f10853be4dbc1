import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { GroupCommit } from '../../src/sqlite/group-commit.ts'
import { migrate, NewerSchemaError, type Migration } from '../../src/sqlite/migrate.ts'
import { openDatabase } from '../../src/sqlite/open-database.ts'

const FIRST: Migration = {
  version: 1,
  name: 'first',
  breaking: true,
  sql: 'CREATE TABLE t (v TEXT NOT NULL UNIQUE) STRICT',
}
const SECOND: Migration = { version: 2, name: 'second', breaking: false, sql: 'ALTER TABLE t ADD COLUMN w TEXT' }

async function database(t: TestContext): Promise<DatabaseSync> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sqlite-'))
  const opened = openDatabase(path.join(folder, 'test.db'))
  t.after(async () => {
    if (opened.isOpen) opened.close()
    await rm(folder, { recursive: true, force: true })
  })
  migrate(opened, [FIRST])
  return opened
}

const values = (opened: DatabaseSync) =>
  opened
    .prepare('SELECT v FROM t ORDER BY v')
    .all()
    .map((row) => row['v'])

test('writes of one turn are one transaction, and each is told its own outcome', async (t) => {
  const opened = await database(t)
  const commits = new GroupCommit(opened)
  const insert = opened.prepare('INSERT INTO t (v) VALUES (?)')
  let outside = 0
  const write = (value: string) =>
    commits.write(() => {
      outside += opened.isTransaction ? 0 : 1
      insert.run(value)
      return value
    })
  const results = Promise.allSettled([write('a'), write('a'), write('b')])
  assert.deepEqual(values(opened), [])
  const [a, again, b] = await results
  assert.deepEqual([a.status, again.status, b.status], ['fulfilled', 'rejected', 'fulfilled'])
  assert.deepEqual(values(opened), ['a', 'b'])
  assert.equal(outside, 0)
})

test('writes wait for those of the next turn, as long as these double their number', async (t) => {
  const sizes: number[] = []
  let size = 0
  const committed = () => {
    sizes.push(size)
    size = 0
  }
  const commits = new GroupCommit(await database(t), { committed })
  const writes = (count: number) => Promise.all(Array.from({ length: count }, () => commits.write(() => ++size)))
  // The first doubles nothing but itself, the second and third double what is there, the fourth does not.
  const waiting = [writes(2)]
  for (const count of [2, 4, 7]) {
    await turn()
    assert.deepEqual(sizes, [])
    waiting.push(writes(count))
  }
  await turn()
  assert.deepEqual(sizes, [15])
  await Promise.all(waiting)
  // One alone waits as long as another needs to come.
  const alone = writes(1)
  await turn()
  assert.deepEqual(sizes, [15])
  await turn()
  assert.deepEqual(sizes, [15, 1])
  await alone
})

test('nothing goes on once all writes were committed ahead of their turn', async (t) => {
  const commits = new GroupCommit(await database(t))
  const done = commits.write(() => 1)
  commits.flush()
  assert.equal(await done, 1)
  await turn()
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === 'Immediate'),
    [],
  )
})

test('a write that throws half way undoes its own changes only', async (t) => {
  const opened = await database(t)
  const commits = new GroupCommit(opened)
  const insert = opened.prepare('INSERT INTO t (v) VALUES (?)')
  const failing = commits.write(() => {
    insert.run('half')
    throw new Error('stop')
  })
  const [failed, done] = await Promise.allSettled([failing, commits.write(() => insert.run('whole'))])
  assert.deepEqual([failed.status, done.status], ['rejected', 'fulfilled'])
  assert.deepEqual(values(opened), ['whole'])
})

test('when the whole transaction is lost, every write of the turn is told so', async (t) => {
  const opened = await database(t)
  const commits = new GroupCommit(opened)
  const insert = opened.prepare('INSERT INTO t (v) VALUES (?)')
  const writes = [
    commits.write(() => insert.run('a')),
    // What SQLite does by itself on a full disk.
    commits.write(() => {
      opened.exec('ROLLBACK')
      throw new Error('disk full')
    }),
  ]
  const outcomes = await Promise.allSettled(writes)
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ['rejected', 'rejected'],
  )
  assert.deepEqual(values(opened), [])
  await commits.write(() => insert.run('next'))
  assert.deepEqual(values(opened), ['next'])
})

test('a write that comes when the database is closed already is refused, and nothing else happens', async (t) => {
  const opened = await database(t)
  const commits = new GroupCommit(opened)
  const late = commits.write(() => 1)
  opened.close()
  await assert.rejects(late, /database is not open/)
})

test('migrations run once, in order; a newer one is refused if it breaks and passed over if not', async (t) => {
  const opened = await database(t)
  migrate(opened, [FIRST, SECOND])
  migrate(opened, [FIRST, SECOND])
  migrate(opened, [FIRST])
  assert.deepEqual(
    opened
      .prepare('SELECT version FROM schema_migrations')
      .all()
      .map((row) => row['version']),
    [1, 2],
  )
  migrate(opened, [FIRST, SECOND, { version: 3, name: 'third', breaking: true, sql: 'DROP TABLE t' }])
  assert.throws(() => migrate(opened, [FIRST, SECOND]), NewerSchemaError)
})

test('a migration that fails leaves the schema as it was', async (t) => {
  const opened = await database(t)
  const bad: Migration = { version: 2, name: 'bad', breaking: true, sql: 'CREATE TABLE u (x); SELECT nonsense' }
  assert.throws(() => migrate(opened, [FIRST, bad]), /nonsense/)
  migrate(opened, [FIRST, SECOND])
  assert.equal(opened.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'u'").get()?.['n'], 0)
})
