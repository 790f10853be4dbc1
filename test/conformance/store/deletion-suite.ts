import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aJob, existing, play, SCOPE, TO_THE_END, type StoreUnderTest } from './a-job.ts'

/** What goes with a job and what stays, and its tags, which `storeSuite` runs with the rest. */
export function deletionSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  test(`${name}: only a job that is being deleted can be removed; its journal and its log streams stay`, async () => {
    await using under = await open()
    const { store } = under
    const job = aJob(1, { repeatKey: 'r', tags: [{ key: 'k', value: 'v' }] })
    const stream = { ...SCOPE, name: 'job-1/algo-1-1', jobId: job.id, file: 'f', creationTime: 1 }
    await store.insertJob(job)
    await store.insertLogStream(stream)
    assert.equal(await store.deleteJob(job.id, []), false)
    await play(store, job.id, TO_THE_END)
    assert.equal(await store.deleteJob(job.id, []), false)
    const deleting = await play(store, job.id, [{ kind: 'delete-requested' }])
    assert.deepEqual([deleting.state.status, deleting.state.secondaryStatus], ['Deleting', 'Failed'])
    assert.deepEqual(await store.unfinishedJobs(), [{ id: job.id }])
    assert.equal(await store.deleteJob(job.id, [{ kind: 'deleted', time: 9, data: {} }]), true)
    assert.equal(await store.deleteJob(job.id, [{ kind: 'deleted', time: 9, data: {} }]), false)
    assert.equal(await store.job(job.id), undefined)
    assert.equal(await store.jobByName(SCOPE, job.name), undefined)
    assert.equal(await store.jobByRepeatKey(SCOPE, job.name, 'r'), undefined)
    assert.deepEqual(await store.tags(job.id), [])
    assert.deepEqual(await store.unfinishedJobs(), [])
    assert.deepEqual(await store.logStreamsOfJob(job.id), [stream])
    const journal = await store.journal({ jobId: job.id, after: 0, limit: 99 })
    assert.deepEqual(
      journal.map(({ kind }) => kind),
      ['created', 'deleted'],
    )
    assert.equal((await store.insertJob(aJob(2, { name: job.name, repeatKey: 'r' }))).kind, 'inserted')
    assert.equal((await existing(store, aJob(2).id)).state.transitions.length, 1)
  })

  test(`${name}: tags are put by key, up to the most a job may have, and deleted by key`, async () => {
    await using under = await open()
    const { store } = under
    const jobId = aJob(1).id
    await store.insertJob(aJob(1, { tags: [{ key: 'b', value: '1' }] }))
    const journal = [{ kind: 'tags', time: 1, data: {} }]
    const put = (...keys: string[]) =>
      store.putTags({ jobId, tags: keys.map((key) => ({ key, value: 'new' })), most: 3, journal })
    const tags = [
      { key: 'a', value: 'new' },
      { key: 'b', value: 'new' },
    ]
    assert.deepEqual(await put('b', 'a'), { kind: 'put', tags })
    assert.deepEqual(await put('c', 'd'), { kind: 'too-many', count: 4 })
    assert.deepEqual(await store.tags(jobId), tags)
    assert.equal(await store.deleteTags({ jobId, keys: ['a', 'none'], journal }), true)
    assert.deepEqual(await store.tags(jobId), tags.slice(1))
    assert.equal((await store.journal({ jobId, after: 0, limit: 99 })).length, 3)
    const none = aJob(2).id
    assert.deepEqual(await store.putTags({ jobId: none, tags, most: 3, journal }), { kind: 'unknown-job' })
    assert.equal(await store.deleteTags({ jobId: none, keys: ['a'], journal }), false)
    assert.equal((await store.journal({ jobId: none, after: 0, limit: 99 })).length, 0)
  })

  test(`${name}: what a job shows may change with its state, in one write`, async () => {
    await using under = await open()
    const { store } = under
    await store.insertJob(aJob(1))
    const job = await existing(store, aJob(1).id)
    const change = { id: job.id, expectedVersion: 1, state: job.state, transitionsFrom: 1, journal: [] }
    assert.equal(await store.apply({ ...change, document: '{"a":1}' }), true)
    assert.equal(await store.apply({ ...change, document: '{"a":2}' }), false)
    assert.equal((await existing(store, job.id)).document, '{"a":1}')
    assert.equal(await store.apply({ ...change, expectedVersion: 2 }), true)
    assert.equal((await existing(store, job.id)).document, '{"a":1}')
  })
}
