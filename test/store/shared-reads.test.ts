import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { SharedReads } from '../../src/store/sqlite/shared-reads.ts'
import { aJob } from '../conformance/store/a-job.ts'
import { temporaryStore } from './temporary-store.ts'

test('reads that follow one another at once are one transaction, which ends before anything else has its turn', async () => {
  using database = new DatabaseSync(':memory:')
  const reads = new SharedReads(database)
  reads.begin()
  await Promise.resolve()
  reads.begin()
  assert.equal(database.isTransaction, true)
  const inNextTurn = turn().then(() => database.isTransaction)
  assert.equal(await inNextTurn, false)
  reads.begin()
  reads.end()
  assert.equal(database.isTransaction, false)
})

test('whoever reads, writes and closes at once has what he wrote', async () => {
  await using under = await temporaryStore()
  const { store } = under
  const before = store.job(aJob(1).id)
  const inserted = store.insertJob(aJob(1))
  const meanwhile = store.job(aJob(1).id)
  const closed = store.close()
  assert.deepEqual(await Promise.all([before, meanwhile]), [undefined, undefined])
  assert.equal((await inserted).kind, 'inserted')
  await closed
  assert.equal((await (await under.reopen()).job(aJob(1).id))?.name, 'job-1')
})
