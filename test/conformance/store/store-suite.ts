import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { advance, type JobEvent } from '../../../src/lifecycle/advance.ts'
import { newJob } from '../../../src/lifecycle/job.ts'
import type { JobRecord, JobSummary, ListPosition, NewJob, Store } from '../../../src/store/store.ts'

/** A store under test. `reopen` closes it and opens what it left. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store
  reopen(): Promise<Store>
}

const SCOPE = { account: '111122223333', region: 'us-east-1' } as const

export function aJob(number: number, overrides: Partial<NewJob> = {}): NewJob {
  const name = overrides.name ?? `job-${number}`
  return {
    ...SCOPE,
    id: number.toString(16).padStart(32, '0'),
    name,
    arn: `arn:aws:sagemaker:us-east-1:111122223333:training-job/${name.toLowerCase()}`,
    state: newJob(1_700_000_000_000 + number),
    request: `{"TrainingJobName":"${name}"}`,
    document: '{}',
    tags: [],
    journal: [{ kind: 'created', time: 1_700_000_000_000 + number, data: { notHonoured: [] } }],
    ...overrides,
  }
}

async function play(store: Store, id: string, events: readonly JobEvent[]): Promise<JobRecord> {
  for (const event of events) {
    const job = await existing(store, id)
    const next = advance(job.state, event, job.state.lastModifiedTime + 1000)
    assert.equal(next.kind, 'advanced')
    if (next.kind !== 'advanced') continue
    const { state, transitionsFrom } = next
    const change = { id, expectedVersion: job.version, state, transitionsFrom, journal: [] }
    assert.equal(await store.apply(change), true)
  }
  return existing(store, id)
}

async function existing(store: Store, id: string): Promise<JobRecord> {
  const job = await store.job(id)
  assert.ok(job)
  return job
}

const TO_THE_END: readonly JobEvent[] = [
  { kind: 'preparing' },
  { kind: 'downloading' },
  { kind: 'training' },
  { kind: 'command-ended', outcome: { kind: 'failed', reason: 'AlgorithmError: , exit code: 1' } },
  { kind: 'finished', modelArtifacts: 's3://b/m', finalMetrics: [{ name: 'loss', value: 0.5, timestamp: 17 }] },
]

/** What every store must do; each backend runs it with its own factory. */
export function storeSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  test(`${name}: a job is read back as it was written, by id and by name in any case, also after reopening`, async () => {
    await using under = await open()
    const job = aJob(1, { name: 'MixedCase', tags: [{ key: 'k', value: 'v' }] })
    assert.deepEqual(await under.store.insertJob(job), { kind: 'inserted' })
    const written = await play(under.store, job.id, TO_THE_END)
    const store = await under.reopen()
    assert.deepEqual(await store.job(job.id), written)
    assert.deepEqual(await store.jobByName(SCOPE, 'mixedcase'), written)
    assert.equal(written.name, 'MixedCase')
    assert.equal(written.state.transitions.length, 5)
    assert.deepEqual(await store.tags(job.id), [{ key: 'k', value: 'v' }])
    assert.equal(await store.jobByName({ ...SCOPE, region: 'eu-west-1' }, 'MixedCase'), undefined)
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
    await under.store.insertJob(job)
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

  test(`${name}: unfinished jobs are those that are not terminal, oldest first`, async () => {
    await using under = await open()
    for (const number of [3, 1, 2]) await under.store.insertJob(aJob(number))
    await play(under.store, aJob(2).id, TO_THE_END)
    await play(under.store, aJob(3).id, [{ kind: 'stop-requested', cause: 'user' }])
    assert.deepEqual(await under.store.unfinishedJobs(), [aJob(1).id, aJob(3).id])
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

  test(`${name}: pages agree with a plain in-memory list, also while jobs are inserted between them`, async () => {
    await fc.assert(
      fc.asyncProperty(listScenario, async (scenario) => {
        await using under = await open()
        await checkPages(under.store, scenario)
      }),
      { numRuns: 25 },
    )
  })
}

interface ListScenario {
  readonly times: readonly number[]
  readonly ended: readonly boolean[]
  readonly limit: number
  readonly statusEquals?: 'InProgress' | 'Failed'
  readonly nameContains?: string
}

const listScenario: fc.Arbitrary<ListScenario> = fc.record(
  {
    // Few distinct times, so that many jobs share one and the id decides.
    times: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }),
    ended: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    limit: fc.integer({ min: 1, max: 5 }),
    statusEquals: fc.constantFrom('InProgress' as const, 'Failed' as const),
    nameContains: fc.constantFrom('1', 'JOB', 'ob-1', 'zzz'),
  },
  { requiredKeys: ['times', 'ended', 'limit'] },
)

async function checkPages(store: Store, scenario: ListScenario): Promise<void> {
  const { times, ended, limit, ...filter } = scenario
  for (const [index, time] of times.entries()) {
    const job = aJob(index, { state: newJob(1000 + time) })
    await store.insertJob(job)
    if (ended[index]) await play(store, job.id, TO_THE_END)
  }
  const expected = times
    .map((time, index) => ({
      time,
      id: aJob(index).id,
      name: `job-${index}`,
      status: ended[index] ? 'Failed' : 'InProgress',
    }))
    .filter(({ status }) => filter.statusEquals === undefined || status === filter.statusEquals)
    .filter(({ name }) => filter.nameContains === undefined || name.includes(filter.nameContains.toLowerCase()))
    .sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1))
  const seen: JobSummary[] = []
  let after: ListPosition | undefined
  do {
    const page = await store.listJobs({ ...SCOPE, ...filter, limit, ...(after ? { after } : {}) })
    if (page.next) assert.equal(page.jobs.length, limit, 'every page but the last is full')
    seen.push(...page.jobs)
    after = page.next
    // Newer than any page: must not shift what follows.
    await store.insertJob(aJob(100 + seen.length, { state: newJob(9000 + seen.length) }))
  } while (after)
  assert.deepEqual(
    seen.map(({ name }) => name),
    expected.map(({ name }) => name),
  )
}
