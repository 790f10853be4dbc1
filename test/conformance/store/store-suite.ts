import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { advance, type JobEvent } from '../../../src/lifecycle/advance.ts'
import { newJob } from '../../../src/lifecycle/job.ts'
import { aJob, existing, play, SCOPE, TO_THE_END, type StoreUnderTest } from './a-job.ts'
import { metricsSuite } from './metrics-suite.ts'
import { deletionSuite } from './deletion-suite.ts'
import { listSuite } from './list-suite.ts'
import { tracesSuite } from './traces-suite.ts'
import { transitionsSuite } from './transitions-suite.ts'

/** Anything, in any order: what must not happen is refused by the lifecycle before the store sees it. */
const anEvent: fc.Arbitrary<JobEvent> = fc.oneof(
  fc.constantFrom<JobEvent>(
    ...TO_THE_END,
    { kind: 'command-ended', outcome: { kind: 'succeeded' } },
    { kind: 'finished' },
    { kind: 'no-capacity', accelerated: true },
    { kind: 'no-capacity', accelerated: false },
    { kind: 'interrupted' },
    { kind: 'restarting' },
    { kind: 'starting-again' },
  ),
  fc.record({ kind: fc.constant('failed' as const), reason: fc.string({ unit: 'binary-ascii', minLength: 1 }) }),
  fc.record({
    kind: fc.constant('stop-requested' as const),
    cause: fc.constantFrom('user', 'max-runtime', 'max-wait', 'max-pending'),
  }),
)

/** What every store must do; each backend runs it with its own factory. */
export function storeSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  test(`${name}: a job is read back as it was written, by id and by name in any case, also after reopening`, async () => {
    await using under = await open()
    const job = aJob(1, { name: 'MixedCase', tags: [{ key: 'k', value: 'v' }] })
    const inserted = await under.store.insertJob(job)
    assert.deepEqual(inserted, { kind: 'inserted', job: await existing(under.store, job.id) })
    const written = await play(under.store, job.id, TO_THE_END)
    const store = await under.reopen()
    assert.deepEqual(await store.job(job.id), written)
    assert.deepEqual(await store.jobByName(SCOPE, 'mixedcase'), written)
    assert.equal(written.name, 'MixedCase')
    assert.equal(written.state.transitions.length, 5)
    assert.deepEqual(await store.tags(job.id), [{ key: 'k', value: 'v' }])
    assert.equal(await store.jobByName({ ...SCOPE, region: 'eu-west-1' }, 'MixedCase'), undefined)
  })

  test(`${name}: whatever happens to a job, what is read is what was written`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anEvent, { maxLength: 20 }), async (events) => {
        await using under = await open()
        await under.store.insertJob(aJob(1))
        let written = await existing(under.store, aJob(1).id)
        assert.deepEqual(written.state, aJob(1).state)
        for (const event of events) {
          const next = advance(written.state, event, written.state.lastModifiedTime + 7)
          if (next.kind !== 'advanced') continue
          const { state, transitionsFrom } = next
          const change = { id: written.id, expectedVersion: written.version, state, transitionsFrom, journal: [] }
          assert.equal(await under.store.apply(change), true)
          written = { ...written, version: written.version + 1, state }
          assert.deepEqual(await under.store.job(written.id), written)
        }
      }),
      { numRuns: 25 },
    )
  })

  test(`${name}: a write that is refused has changed nothing, and the others of its turn stand`, async () => {
    await using under = await open()
    const twice = [
      { key: 'k', value: '1' },
      { key: 'k', value: '2' },
    ]
    const [before, refused, after] = await Promise.allSettled([
      under.store.insertJob(aJob(1)),
      under.store.insertJob(aJob(2, { tags: twice, repeatKey: 'r' })),
      under.store.insertJob(aJob(3)),
    ])
    assert.deepEqual([before.status, refused.status, after.status], ['fulfilled', 'rejected', 'fulfilled'])
    assert.equal(await under.store.job(aJob(2).id), undefined)
    assert.deepEqual(await under.store.tags(aJob(2).id), [])
    assert.deepEqual(await under.store.journal({ jobId: aJob(2).id, after: 0, limit: 9 }), [])
    assert.equal((await under.store.insertJob(aJob(2, { repeatKey: 'r' }))).kind, 'inserted')
  })

  test(`${name}: what has happened cannot be rewritten, not even by a writer that knows the version`, async () => {
    await using under = await open()
    await under.store.insertJob(aJob(1))
    const job = await play(under.store, aJob(1).id, [{ kind: 'downloading' }])
    const transitions = job.state.transitions.with(0, { ...job.state.transitions[0]!, endTime: 5 })
    const change = { id: job.id, expectedVersion: job.version, transitionsFrom: 0, journal: [] }
    await assert.rejects(under.store.apply({ ...change, state: { ...job.state, attempt: 2, transitions } }))
    assert.deepEqual(await under.store.job(job.id), job)
  })

  test(`${name}: a change of an unknown job is no change`, async () => {
    await using under = await open()
    const journal = [{ kind: 'note', time: 1, data: {} }]
    const change = { id: aJob(1).id, expectedVersion: 1, state: newJob(1), transitionsFrom: 0, journal }
    assert.equal(await under.store.apply(change), false)
    assert.deepEqual(await under.store.journal({ after: 0, limit: 9 }), [])
    assert.equal(await under.store.job(aJob(1).id), undefined)
  })

  test(`${name}: of many writers that race to the end each version is one writer's, and no step is lost`, async () => {
    await using under = await open()
    const { id } = aJob(1)
    await under.store.insertJob(aJob(1))
    const raceToTheEnd = async () => {
      let won = 0
      for (const event of TO_THE_END) {
        for (;;) {
          const { version, state } = await existing(under.store, id)
          const next = advance(state, event, state.lastModifiedTime + 1)
          if (next.kind !== 'advanced') break
          const { transitionsFrom } = next
          if (
            await under.store.apply({ id, expectedVersion: version, state: next.state, transitionsFrom, journal: [] })
          ) {
            won++
            break
          }
        }
      }
      return won
    }
    const wins = await Promise.all(Array.from({ length: 8 }, raceToTheEnd))
    const job = await existing(under.store, id)
    assert.equal(job.state.status, 'Failed')
    assert.equal(
      wins.reduce((sum, won) => sum + won, 0),
      job.version - 1,
    )
    assert.deepEqual(
      job.state.transitions.map(({ status }) => status),
      ['Starting', 'Downloading', 'Training', 'Uploading', 'Failed'],
    )
  })

  test(`${name}: a name is taken whatever its case, within its account and region only`, async () => {
    await using under = await open()
    await under.store.insertJob(aJob(1, { name: 'Job' }))
    const taken = await under.store.insertJob(aJob(2, { name: 'jOB' }))
    assert.equal(taken.kind, 'name-taken')
    assert.equal((await under.store.insertJob(aJob(3, { name: 'Job', region: 'eu-west-1' }))).kind, 'inserted')
    assert.equal(await under.store.job(aJob(2).id), undefined)
  })

  test(`${name}: of many inserts of one name in one turn exactly one wins`, async () => {
    await using under = await open()
    const jobs = Array.from({ length: 20 }, (_, index) => aJob(index, { name: 'same' }))
    const results = await Promise.all(jobs.map((job) => under.store.insertJob(job)))
    assert.equal(results.filter(({ kind }) => kind === 'inserted').length, 1)
  })

  test(`${name}: a repeated Create finds the first job, also when it ends meanwhile`, async () => {
    await using under = await open()
    const job = aJob(1, { repeatKey: 'key-invocation-hash' })
    const find = (key: string) => under.store.jobByRepeatKey(SCOPE, job.name, key)
    assert.equal(await find('key-invocation-hash'), undefined)
    await under.store.insertJob(job)
    assert.equal((await find('key-invocation-hash'))?.id, job.id)
    assert.equal(await find('another'), undefined)
    assert.equal(
      (await under.store.insertJob({ ...aJob(2, { name: job.name }), repeatKey: 'another' })).kind,
      'name-taken',
    )
    const again = await under.store.insertJob({ ...aJob(2, { name: job.name }), repeatKey: 'key-invocation-hash' })
    assert.equal(again.kind, 'repeated')
    if (again.kind === 'repeated') assert.equal(again.job.id, job.id)
  })

  test(`${name}: of many writers that saw one version exactly one wins, and its journal alone is there`, async () => {
    await using under = await open()
    const { id } = aJob(1)
    await under.store.insertJob(aJob(1))
    const job = await existing(under.store, id)
    const next = advance(job.state, { kind: 'preparing' }, job.state.lastModifiedTime + 1)
    assert.equal(next.kind, 'advanced')
    if (next.kind !== 'advanced') return
    const write = (writer: number) =>
      under.store.apply({
        id,
        expectedVersion: job.version,
        state: next.state,
        transitionsFrom: next.transitionsFrom,
        journal: [{ kind: 'preparing', time: 1, data: { writer } }],
      })
    const results = await Promise.all(Array.from({ length: 10 }, (_, writer) => write(writer)))
    assert.equal(results.filter(Boolean).length, 1)
    const records = await under.store.journal({ jobId: id, after: 0, limit: 100 })
    assert.equal(records.filter(({ kind }) => kind === 'preparing').length, 1)
    assert.equal((await existing(under.store, id)).version, job.version + 1)
  })

  test(`${name}: terminal stays terminal even for a writer that knows the version`, async () => {
    await using under = await open()
    const job = aJob(1)
    await under.store.insertJob(job)
    const ended = await play(under.store, job.id, TO_THE_END)
    const change = { id: job.id, expectedVersion: ended.version, transitionsFrom: 0, journal: [] }
    assert.equal(await under.store.apply({ ...change, state: newJob(5) }), false)
    assert.deepEqual(await under.store.job(job.id), ended)
    const message = 'Resource retained for reuse'
    const transitions = ended.state.transitions.with(4, { ...ended.state.transitions[4]!, message })
    assert.equal(await under.store.apply({ ...change, state: { ...ended.state, transitions } }), true)
    assert.equal((await existing(under.store, job.id)).state.transitions.at(-1)?.message, 'Resource retained for reuse')
  })

  test(`${name}: warm pools are found by what must match while they are available, and one taker has one pool`, async () => {
    await using under = await open()
    const { store } = under
    for (const [number, warmPoolKey] of [
      [1, 'small'],
      [2, 'large'],
      [3, 'small'],
      [4, undefined],
    ] as const)
      await store.insertJob(aJob(number, { state: newJob(5, 60), ...(warmPoolKey ? { warmPoolKey } : {}) }))
    const small = { ...SCOPE, key: 'small' }
    assert.deepEqual([await store.availablePools(), await store.hasAvailablePool(SCOPE.account)], [[], false])
    for (const number of [3, 1, 2, 4]) await play(store, aJob(number).id, TO_THE_END)
    assert.deepEqual(
      await store.availablePools(),
      [1, 2, 3, 4].map((number) => aJob(number).id),
    )
    assert.deepEqual(await store.availablePools(small), [aJob(1).id, aJob(3).id])
    assert.deepEqual(await store.availablePools({ ...small, region: 'eu-west-1' }), [])
    assert.deepEqual(
      [await store.hasAvailablePool(SCOPE.account), await store.hasAvailablePool('444455556666')],
      [true, false],
    )
    const by = { jobId: 'taker', name: 'next' }
    assert.equal(await store.poolTakenBy('taker'), undefined)
    const taken = await play(store, aJob(1).id, [{ kind: 'pool-reused', by }])
    assert.deepEqual(await store.poolTakenBy('taker'), taken)
    assert.deepEqual(await store.availablePools(small), [aJob(3).id])
    await assert.rejects(play(store, aJob(3).id, [{ kind: 'pool-reused', by }]))
    const reopened = await under.reopen()
    assert.deepEqual((await reopened.job(aJob(1).id))?.state.warmPool, { status: 'Reused', by, retainedSeconds: 1 })
    assert.deepEqual(
      await reopened.availablePools(),
      [2, 3, 4].map((number) => aJob(number).id),
    )
  })

  test(`${name}: the latest time is that of the last change of any job, deleted ones too`, async () => {
    await using under = await open()
    const { store } = under
    assert.equal(await store.latestTime(), 0)
    await store.insertJob(aJob(1, { state: newJob(9000), journal: [] }))
    await store.insertJob(aJob(2, { state: newJob(5000), journal: [] }))
    assert.equal(await store.latestTime(), 9000)
    const ended = await play(store, aJob(2).id, [...TO_THE_END, { kind: 'delete-requested' }])
    const latest = Math.max(9000, ended.state.lastModifiedTime)
    assert.equal(await store.latestTime(), latest)
    await store.deleteJob(ended.id, [{ kind: 'deleted', time: latest + 7, data: {} }])
    assert.equal(await (await under.reopen()).latestTime(), latest + 7)
  })

  test(`${name}: unfinished jobs are those that are not terminal, oldest first`, async () => {
    await using under = await open()
    for (const number of [3, 1, 2]) await under.store.insertJob(aJob(number))
    await play(under.store, aJob(2).id, TO_THE_END)
    await play(under.store, aJob(3).id, [{ kind: 'stop-requested', cause: 'user' }])
    assert.deepEqual(await under.store.unfinishedJobs(), [{ id: aJob(1).id }, { id: aJob(3).id }])
  })

  test(`${name}: the journal is one order over all jobs, read from a cursor`, async () => {
    await using under = await open()
    await under.store.insertJob(aJob(1))
    await under.store.insertJob(aJob(2))
    await under.store.appendJournal(aJob(1).id, [{ kind: 'note', time: 9, data: { text: 'ünï' } }])
    const all = await under.store.journal({ after: 0, limit: 100 })
    assert.deepEqual(
      all.map(({ kind }) => kind),
      ['created', 'created', 'note'],
    )
    assert.ok(all.every((record, index) => index === 0 || record.cursor > (all[index - 1]?.cursor ?? 0)))
    assert.deepEqual(await under.store.journal({ after: all[1]?.cursor ?? 0, limit: 100 }), all.slice(2))
    assert.deepEqual(await under.store.journal({ jobId: aJob(1).id, after: 0, limit: 100 }), [all[0], all[2]])
    assert.deepEqual(all[2]?.data, { text: 'ünï' })
  })

  test(`${name}: log streams are found by name, by prefix in both directions, and by job`, async () => {
    await using under = await open()
    const names = ['a/algo-1-1', 'a/algo-1-2', 'ab/algo-1-1', 'b/algo-1-1']
    const stream = (name: string) => ({
      ...SCOPE,
      name,
      jobId: name.split('/')[0] ?? '',
      file: `f/${name}`,
      creationTime: 1,
    })
    for (const name of names) await under.store.insertLogStream(stream(name))
    await under.store.insertLogStream({ ...stream('a/algo-1-1'), file: 'other' })
    assert.deepEqual(await under.store.logStream(SCOPE, 'a/algo-1-1'), stream('a/algo-1-1'))
    const page = async (query: object) =>
      (await under.store.logStreams({ ...SCOPE, prefix: '', limit: 50, ...query })).map(({ name }) => name)
    assert.deepEqual(await page({}), names)
    assert.deepEqual(await page({ descending: true }), names.toReversed())
    assert.deepEqual(await page({ prefix: 'a/' }), names.slice(0, 2))
    assert.deepEqual(await page({ prefix: 'a', after: 'a/algo-1-1', limit: 1 }), ['a/algo-1-2'])
    assert.deepEqual(await page({ prefix: 'a', after: 'ab/algo-1-1', descending: true }), ['a/algo-1-2', 'a/algo-1-1'])
    assert.deepEqual(
      (await under.store.logStreamsOfJob('a')).map(({ name }) => name),
      names.slice(0, 2),
    )
  })

  deletionSuite(name, open)
  tracesSuite(name, open)
  transitionsSuite(name, open)
  listSuite(name, open)
  metricsSuite(name, open)
}
