import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { LIST_STATEMENTS } from '../../src/store/sqlite/list-jobs.ts'
import { UNFINISHED_JOBS } from '../../src/store/sqlite/read-jobs.ts'
import type { ListPosition, ListQuery, Scope, Store } from '../../src/store/store.ts'
import { temporaryStore } from './temporary-store.ts'

const SCOPE = { account: '111122223333', region: 'us-east-1' } as const
/** More than two slices of a scan. */
const JOBS = 5000

test('every list is one range of one covering index, whatever its size', async () => {
  await using under = await temporaryStore()
  using database = new DatabaseSync(under.path)
  const plan = (sql: string) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row['detail']))
  const lists = [
    { statements: LIST_STATEMENTS.any, index: 'jobs_by_creation', fixed: 'account=? AND region=?' },
    { statements: LIST_STATEMENTS.status, index: 'jobs_by_status', fixed: 'account=? AND region=? AND status=?' },
  ]
  for (const { statements, index, fixed } of lists) {
    const range = (...bounds: string[]) =>
      `SEARCH jobs USING COVERING INDEX ${index} (${[fixed, ...bounds].join(' AND ')})`
    const below = '(creation_time,id)<(?,?)'
    assert.deepEqual(plan(statements.page), [range(below)])
    assert.deepEqual(plan(statements.sliceEnd), [range(below)])
    assert.deepEqual(plan(statements.matching), [range('(creation_time,id)>(?,?)', below)])
  }
})

test('the jobs that a server takes up again are found without looking at the others', async () => {
  await using under = await temporaryStore()
  using database = new DatabaseSync(under.path)
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${UNFINISHED_JOBS}`).all()
  assert.deepEqual(
    rows.map((row) => row['detail']),
    ['SCAN jobs USING INDEX jobs_unfinished'],
  )
})

test('a text is found in names across the slices of a scan, page by page, and other work has its turns meanwhile', async () => {
  await using under = await temporaryStore()
  fill(under.path)
  const expected = numbers()
    .map((number) => `Job-${number}`)
    .filter((name) => name.includes('99'))
    .toReversed()
  let turns = 0
  let done = false
  const counting = (async () => {
    for (; !done; turns++) await turn()
  })()
  assert.deepEqual(await names(under.store, { nameContains: 'b-9', limit: 1 }, 1), ['Job-999'])
  assert.deepEqual(await names(under.store, { nameContains: '99', limit: 7 }), expected)
  turns = 0
  assert.deepEqual(await names(under.store, { nameContains: 'nobody', limit: 7 }), [])
  done = true
  await counting
  assert.ok(turns >= 2, `${turns} turns`)
})

test('a text is found among the jobs of one status only', async () => {
  await using under = await temporaryStore()
  fill(under.path)
  const query = { nameContains: 'JOB-49', statusEquals: 'Completed', limit: 100 } as const
  const expected = numbers()
    .filter((number) => number % 2 === 0 && String(number).startsWith('49'))
    .map((number) => `Job-${number}`)
    .toReversed()
  assert.deepEqual(await names(under.store, query), expected)
})

async function names(store: Store, query: Omit<ListQuery, keyof Scope>, pages = Infinity): Promise<string[]> {
  const found: string[] = []
  let after: ListPosition | undefined
  for (let page = 0; page < pages; page++) {
    const { jobs, next } = await store.listJobs({ ...SCOPE, ...query, ...(after ? { after } : {}) })
    found.push(...jobs.map(({ name }) => name))
    if (!next) break
    after = next
  }
  return found
}

function numbers(): number[] {
  return Array.from({ length: JOBS }, (_, number) => number)
}

/** Puts `Job-0` to `Job-4999` in at one blow, every second one Completed, ten in each millisecond. */
function fill(path: string): void {
  using database = new DatabaseSync(path)
  const { account, region } = SCOPE
  database.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${JOBS - 1})
    INSERT INTO jobs (id, account, region, name, name_folded, arn, version, status, secondary_status, creation_time,
      last_modified_time, attempt, request, document)
    SELECT printf('%032x', n), '${account}', '${region}', 'Job-' || n, 'job-' || n, '', 1,
      iif(n % 2, 'InProgress', 'Completed'), iif(n % 2, 'Training', 'Completed'), n / 10, n, 1, '{}', '{}' FROM numbers`)
}
