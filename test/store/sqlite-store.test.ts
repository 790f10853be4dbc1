import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { NewerSchemaError } from '../../src/sqlite/migrate.ts'
import { IdleCheckpoint, type Checkpoint } from '../../src/store/sqlite/idle-checkpoint.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { aJob } from '../conformance/store/a-job.ts'
import { storeSuite } from '../conformance/store/store-suite.ts'
import { temporaryStore } from './temporary-store.ts'

storeSuite('SQLite', temporaryStore)

test('a schema with a breaking step of a newer program is refused, and the message says what to do', async () => {
  await using under = await temporaryStore()
  await under.store.close()
  const database = new DatabaseSync(under.path)
  database.exec("INSERT INTO schema_migrations (version, name, breaking) VALUES (999, 'later', 1)")
  database.close()
  await assert.rejects(openSqliteStore({ path: under.path }), (error) => {
    assert.ok(error instanceof NewerSchemaError)
    assert.match(error.message, /store\.db has schema version 999.*Start the newer version/)
    return true
  })
})

test('a file that is no database is refused by name and left as it is', async () => {
  await using under = await temporaryStore()
  await under.store.close()
  await writeFile(under.path, 'Dear diary, '.repeat(1000))
  await assert.rejects(openSqliteStore({ path: under.path }), {
    name: 'StoreError',
    code: 'damaged',
    path: under.path,
  })
})

test('a folder that is not there is refused by name', async () => {
  await assert.rejects(openSqliteStore({ path: '/nonexistent/store.db' }), { name: 'StoreError', code: 'io' })
})

test('writes that were under way when the store was closed are kept; later ones are told that it is closed', async () => {
  await using under = await temporaryStore()
  const { store } = under
  const underWay = store.insertJob(aJob(1))
  await store.close()
  assert.equal((await underWay).kind, 'inserted')
  await store.close()
  await assert.rejects(store.insertJob(aJob(2)), { name: 'StoreError', code: 'closed' })
  await assert.rejects(store.job(aJob(1).id), { name: 'StoreError', code: 'closed' })
  assert.ok(await (await under.reopen()).job(aJob(1).id))
})

test('a database that another program writes to is refused by name, and written to once that program is done', async () => {
  await using under = await temporaryStore()
  const other = new DatabaseSync(under.path)
  other.exec('BEGIN IMMEDIATE')
  await assert.rejects(under.store.insertJob(aJob(1)), { name: 'StoreError', code: 'busy' })
  other.exec('ROLLBACK')
  other.close()
  assert.equal((await under.store.insertJob(aJob(1))).kind, 'inserted')
})

test('the write-ahead log is worked off once nobody has written for a while', async () => {
  await using under = await temporaryStore()
  await under.store.insertJob(aJob(1))
  const database = new DatabaseSync(under.path)
  const { promise, resolve, reject } = Promise.withResolvers<Checkpoint>()
  const checkpoint = new IdleCheckpoint(database, { idleMs: 0, onDone: resolve, onError: reject })
  checkpoint.wrote()
  // Its own timer does not keep a process alive.
  const alive = setInterval(() => {}, 1000)
  const { log, checkpointed } = await promise
  clearInterval(alive)
  checkpoint.stop()
  database.close()
  assert.ok(log > 0)
  assert.equal(checkpointed, log)
})
