import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newJob } from '../../../src/lifecycle/job.ts'
import type { JobSummary, ListPosition, ListQuery, Scope, Store } from '../../../src/store/store.ts'
import { aJob, existing, play, SCOPE, TO_THE_END, type StoreUnderTest } from './a-job.ts'
import { listed } from './list-model.ts'

/** Pages of jobs, which `storeSuite` runs with the rest. */
export function listSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  test(`${name}: filters, orders and pages agree with a plain in-memory list, also while jobs come and go between pages`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(someJob, { maxLength: 12 }),
        fc.array(someQuery, { minLength: 6, maxLength: 6 }),
        check,
      ),
      { numRuns: 60 },
    )
    async function check(jobs: readonly SomeJob[], queries: readonly SomeQuery[]): Promise<void> {
      await using under = await open()
      const present = await insertAll(under.store, jobs)
      for (const query of queries) await checkPages(under.store, present, query)
    }
  })
}

interface SomeJob {
  readonly prefix: string
  readonly time: number
  readonly fate: 'runs' | 'fails' | 'stopping'
  readonly asksForWarmPool: boolean
}

/** Few distinct times, so that many jobs share one and the id decides; prefixes so that names do not sort as they were made. */
const someJob: fc.Arbitrary<SomeJob> = fc.record({
  prefix: fc.constantFrom('b', 'A', 'c-B'),
  time: fc.integer({ min: 0, max: 3 }),
  fate: fc.constantFrom('runs', 'fails', 'stopping'),
  asksForWarmPool: fc.boolean(),
})

type SomeQuery = Omit<ListQuery, keyof Scope | 'after'>

const aTime = fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constantFrom(1.5, 4999, 5000, 5002.5))

const someQuery: fc.Arbitrary<SomeQuery> = fc.record(
  {
    limit: fc.integer({ min: 1, max: 5 }),
    statusEquals: fc.constantFrom('InProgress', 'Failed', 'Stopping', 'Completed'),
    warmPoolStatusEquals: fc.constantFrom('InUse', 'Available', 'Reused', 'Terminated'),
    nameContains: fc.constantFrom('1', 'B', '-1', 'zzz', '', '%', '_'),
    creationTimeAfter: aTime,
    creationTimeBefore: aTime,
    lastModifiedTimeAfter: aTime,
    lastModifiedTimeBefore: aTime,
    sortBy: fc.constantFrom('creation-time', 'name', 'status'),
    ascending: fc.boolean(),
  },
  { requiredKeys: ['limit'] },
)

async function insertAll(store: Store, jobs: readonly SomeJob[]): Promise<JobSummary[]> {
  const present: JobSummary[] = []
  for (const [number, job] of jobs.entries()) present.push(await insert(store, number, job))
  return present
}

async function insert(store: Store, number: number, job: SomeJob): Promise<JobSummary> {
  const { prefix, time, fate, asksForWarmPool } = job
  const made = aJob(number, { name: `${prefix}-${number}`, state: newJob(time, asksForWarmPool ? 1 : 0) })
  await store.insertJob(made)
  if (fate === 'fails') await play(store, made.id, TO_THE_END)
  if (fate === 'stopping') await play(store, made.id, [{ kind: 'stop-requested', cause: 'user' }])
  const { id, name, state } = await existing(store, made.id)
  const { status, secondaryStatus, creationTime, lastModifiedTime, trainingEndTime, warmPool } = state
  return {
    ...{ id, name, status, secondaryStatus, creationTime, lastModifiedTime },
    ...(trainingEndTime === undefined ? {} : { trainingEndTime }),
    ...(warmPool ? { warmPool } : {}),
  }
}

/** Deletes a job, if it is over, from the store and from the plain list. */
async function remove(store: Store, present: JobSummary[], id: string | undefined): Promise<void> {
  const index = present.findIndex((job) => job.id === id)
  const job = present[index]
  if (job?.status !== 'Failed') return
  await play(store, job.id, [
    ...(job.warmPool ? [{ kind: 'pool-expired' } as const] : []),
    { kind: 'delete-requested' },
  ])
  assert.equal(await store.deleteJob(job.id, []), true)
  present.splice(index, 1)
}

/** Each page is what the plain list holds after the last job of the page before, whatever came meanwhile. */
async function checkPages(store: Store, present: JobSummary[], query: SomeQuery): Promise<void> {
  let after: ListPosition | undefined
  let more = 0
  let next = 1 + Math.max(-1, ...present.map(({ id }) => Number.parseInt(id, 16)))
  do {
    const position = after ? { after } : {}
    const page = await store.listJobs({ ...SCOPE, ...query, ...position })
    const expected = listed(present, { ...query, ...position })
    assert.deepEqual(page.jobs, expected.slice(0, query.limit))
    assert.equal(page.next !== undefined, expected.length > query.limit)
    after = page.next
    // The job that the page ended with goes, or one that is still to come.
    if (after) await remove(store, present, more === 0 ? after.id : expected.at(-1)?.id)
    // Two that belong before, among or after what is still to come.
    if (after && more++ < 2) {
      const [prefix, fate] = more === 1 ? (['A', 'runs'] as const) : (['c-B', 'fails'] as const)
      present.push(await insert(store, next++, { prefix, time: more, fate, asksForWarmPool: true }))
    }
  } while (after)
}
