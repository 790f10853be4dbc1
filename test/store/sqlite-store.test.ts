import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { NewerSchemaError } from '../../src/sqlite/migrate.ts'
import { IdleCheckpoint, type Checkpoint } from '../../src/store/sqlite/idle-checkpoint.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { aJob, existing } from '../conformance/store/a-job.ts'
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

test('of a document that begins as its request does only the rest is kept, and all of it is read; one that has changed is kept whole', async () => {
  await using under = await temporaryStore()
  const { store } = under
  const texts = [
    { request: '{"A":1,"Tags":[]}', document: '{"A":1,"Arn":"a"}', kept: 'Arn":"a"}' },
    // Two characters of which one half is the same.
    { request: '{"A":"\u{1f600}"}', document: '{"A":"\u{1f601}"}', kept: '\u{1f601}"}' },
    { request: '{"A":"\u{1f600}"}', document: '{"A":"\u{1f600}"}', kept: '' },
    { request: '{"A":1}', document: '{"A":1}, and more', kept: ', and more' },
    { request: '{"A":1}', document: 'else', kept: 'else' },
  ]
  for (const [number, { request, document }] of texts.entries())
    await store.insertJob(aJob(number, { request, document }))
  using database = new DatabaseSync(under.path, { readOnly: true })
  const rows = () => database.prepare('SELECT document FROM jobs ORDER BY id').all()
  assert.deepEqual(
    rows().map((row) => row['document']),
    texts.map(({ kept }) => kept),
  )
  const records = () => Promise.all(texts.map((_text, number) => existing(store, aJob(number).id)))
  const read = async () => (await records()).map(({ request, document }) => ({ request, document }))
  assert.deepEqual(
    await read(),
    texts.map(({ request, document }) => ({ request, document })),
  )
  const change = { expectedVersion: 1, transitionsFrom: 1, journal: [] }
  const [same, changed] = await records()
  assert.ok(same && changed)
  assert.equal(await store.apply({ ...change, id: same.id, state: same.state }), true)
  assert.equal(await store.apply({ ...change, id: changed.id, state: changed.state, document: '{"A":2}' }), true)
  assert.deepEqual((await read()).slice(0, 2), [
    { request: '{"A":1,"Tags":[]}', document: '{"A":1,"Arn":"a"}' },
    { request: '{"A":"\u{1f600}"}', document: '{"A":2}' },
  ])
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
