import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { LogStreams } from '../../src/telemetry/log-streams.ts'
import { aJob, existing, play, TO_THE_END } from '../conformance/store/a-job.ts'
import { TemporaryFolder } from './stream-files.ts'

const START = 1_700_000_000_400

test('an instance has one stream however often it is opened; a restart in the same second has another', async () => {
  using folder = new TemporaryFolder()
  const store = await openSqliteStore({ path: folder.file('store.db') })
  const { id } = aJob(1)
  await store.insertJob(aJob(1))
  const job = (await store.job(id))!
  const streams = new LogStreams({ store, logsFolder: folder.path, clock: new VirtualClock(START) })
  const first = await streams.open(job, { attempt: 1, host: 'algo-1' })
  const second = await streams.open(job, { attempt: 2, host: 'algo-1' })
  const later = new LogStreams({ store, logsFolder: folder.path, clock: new VirtualClock(START + 60_000) })
  assert.equal(await later.open(job, { attempt: 1, host: 'algo-1' }), first)
  const records = await store.logStreamsOfJob(id)
  assert.deepEqual(
    records.map(({ name, creationTime }) => ({ name, creationTime })),
    [
      { name: 'job-1/algo-1-1700000000', creationTime: START },
      { name: 'job-1/algo-1-1700000001', creationTime: START },
    ],
  )
  assert.deepEqual(await streams.filesOf(id), [first, second])
  assert.notEqual(first, second)
  await store.close()
})

test('a job that takes the name of a deleted one in the same second has a stream of its own', async () => {
  using folder = new TemporaryFolder()
  const store = await openSqliteStore({ path: folder.file('store.db') })
  const streams = new LogStreams({ store, logsFolder: folder.path, clock: new VirtualClock(START) })
  await store.insertJob(aJob(1))
  const first = await streams.open(await existing(store, aJob(1).id), { attempt: 1, host: 'algo-1' })
  await play(store, aJob(1).id, [...TO_THE_END, { kind: 'delete-requested' }])
  await store.deleteJob(aJob(1).id, [])
  await store.insertJob(aJob(2, { name: 'job-1' }))
  const second = await streams.open(await existing(store, aJob(2).id), { attempt: 1, host: 'algo-1' })
  assert.notEqual(second, first)
  const names = async (number: number) => (await store.logStreamsOfJob(aJob(number).id)).map(({ name }) => name)
  assert.deepEqual(await names(1), ['job-1/algo-1-1700000000'])
  assert.deepEqual(await names(2), ['job-1/algo-1-1700000001'])
  await store.close()
})
