import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../../src/store/store.ts'
import { aJob, existing, play, SCOPE, TO_THE_END, type StoreUnderTest } from './a-job.ts'

const DELETED_AT = 1_800_000_000_000

/** A job with two log streams and two entries of the journal. */
async function leave(store: Store, number: number): Promise<string> {
  const { id, name } = aJob(number)
  await store.insertJob(aJob(number))
  for (const host of ['algo-1', 'algo-2'])
    await store.insertLogStream({
      ...SCOPE,
      name: `${name}/${host}`,
      jobId: id,
      file: `${id}-${host}`,
      creationTime: 1,
    })
  await store.appendJournal(id, [{ kind: 'tags', time: 5, data: {} }])
  return id
}

async function end(store: Store, id: string): Promise<number> {
  const { state } = await play(store, id, TO_THE_END)
  return state.trainingEndTime ?? assert.fail('it has not ended')
}

async function remove(store: Store, id: string): Promise<void> {
  await play(store, id, [{ kind: 'delete-requested' }])
  assert.equal(await store.deleteJob(id, [{ kind: 'deleted', time: DELETED_AT, data: {} }]), true)
}

async function kinds(store: Store, jobId: string): Promise<readonly string[]> {
  return (await store.journal({ jobId, after: 0, limit: 99 })).map(({ kind }) => kind)
}

const ALL = { logStreams: true, journal: true }
const NONE = { logStreams: 0, journalEntries: 0, isGone: false }
const EVER = { endedBy: Number.MAX_SAFE_INTEGER, limit: 10 }

/** What jobs leave behind and how it goes, which `storeSuite` runs with the rest. */
export function tracesSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  test(`${name}: of a job that has not ended, or is being deleted, nothing is shown or deleted as left behind`, async () => {
    await using under = await open()
    const { store } = under
    const running = await leave(store, 1)
    const deleting = await leave(store, 2)
    await end(store, deleting)
    await play(store, deleting, [{ kind: 'delete-requested' }])
    assert.deepEqual((await store.jobTraces(EVER)).traces, [])
    for (const jobId of [running, deleting]) {
      assert.deepEqual(await store.deleteTraces({ jobId, ...ALL }), NONE)
      assert.equal((await store.logStreamsOfJob(jobId)).length, 2)
      assert.deepEqual(await kinds(store, jobId), ['created', 'tags'])
    }
  })

  test(`${name}: an ended job keeps its record and the entry of its creation, whatever else is deleted`, async () => {
    await using under = await open()
    const { store } = under
    const jobId = await leave(store, 1)
    const time = await end(store, jobId)
    const logStreams = await store.logStreamsOfJob(jobId)
    const trace = { jobId, time, isDeleted: false, logStreams, journalEntries: 1 }
    assert.deepEqual((await store.jobTraces({ ...EVER, endedBy: time })).traces, [trace])
    assert.deepEqual((await store.jobTraces({ ...EVER, endedBy: time - 1 })).traces, [])
    const job = await existing(store, jobId)
    assert.deepEqual(await store.deleteTraces({ jobId, logStreams: true, journal: false }), { ...NONE, logStreams: 2 })
    assert.deepEqual((await store.jobTraces(EVER)).traces, [{ ...trace, logStreams: [] }])
    assert.deepEqual(await store.deleteTraces({ jobId, ...ALL }), { ...NONE, journalEntries: 1 })
    assert.deepEqual(await store.deleteTraces({ jobId, ...ALL }), NONE)
    assert.deepEqual((await store.jobTraces(EVER)).traces, [])
    assert.deepEqual(await kinds(store, jobId), ['created'])
    assert.equal(await store.logStream(SCOPE, logStreams[0]?.name ?? ''), undefined)
    assert.deepEqual(await existing(store, jobId), job)
  })

  test(`${name}: of a deleted job the entry that it was deleted goes last, and then nothing speaks of it`, async () => {
    await using under = await open()
    const { store } = under
    const jobId = await leave(store, 1)
    await end(store, jobId)
    await remove(store, jobId)
    const logStreams = await store.logStreamsOfJob(jobId)
    const trace = { jobId, time: DELETED_AT, isDeleted: true, logStreams, journalEntries: 3 }
    assert.deepEqual((await store.jobTraces({ ...EVER, endedBy: DELETED_AT })).traces, [trace])
    assert.deepEqual(await store.deleteTraces({ jobId, logStreams: false, journal: true }), {
      ...NONE,
      journalEntries: 2,
    })
    assert.deepEqual(await kinds(store, jobId), ['deleted'])
    assert.deepEqual((await store.jobTraces(EVER)).traces, [{ ...trace, journalEntries: 1 }])
    const all = { logStreams: 2, journalEntries: 1, isGone: true }
    assert.deepEqual(await store.deleteTraces({ jobId, ...ALL }), all)
    assert.deepEqual(await kinds(store, jobId), [])
    assert.deepEqual((await store.jobTraces(EVER)).traces, [])
  })

  test(`${name}: a page looks at so many jobs, whatever it finds, and the next goes on behind them`, async () => {
    await using under = await open()
    const { store } = under
    const ended: string[] = []
    for (const number of [1, 2, 3, 4, 5]) {
      const id = await leave(store, number)
      if (number % 2 === 0) continue
      await end(store, id)
      ended.push(id)
    }
    const found: string[] = []
    const sizes: number[] = []
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = await store.jobTraces({ ...EVER, after, limit: 2 })
      found.push(...page.traces.map(({ jobId }) => jobId))
      sizes.push(page.traces.length)
      after = page.next
    }
    assert.deepEqual([found, sizes], [ended, [1, 1, 1]])
  })
}
