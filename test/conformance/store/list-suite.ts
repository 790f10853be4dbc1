import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newJob } from '../../../src/lifecycle/job.ts'
import type { JobSummary, ListPosition, Store } from '../../../src/store/store.ts'
import { aJob, play, SCOPE, TO_THE_END, type StoreUnderTest } from './a-job.ts'

/** Pages of jobs, which `storeSuite` runs with the rest. */
export function listSuite(name: string, open: () => Promise<StoreUnderTest>): void {
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
