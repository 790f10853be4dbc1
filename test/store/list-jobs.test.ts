import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { ListJobs } from '../../src/store/sqlite/list-jobs.ts'
import { listRange } from '../../src/store/sqlite/list-range.ts'
import { pageSql, rowsSql } from '../../src/store/sqlite/list-statements.ts'
import {
  ANY_POOL,
  AVAILABLE_POOLS,
  MATCHING_POOLS,
  POOL_TAKEN_BY,
  UNFINISHED_JOBS,
} from '../../src/store/sqlite/read-jobs.ts'
import { NameIndex } from '../../src/store/sqlite/name-index.ts'
import { StoreError } from '../../src/store/sqlite/store-error.ts'
import type { ListPosition, ListQuery, Scope, Store } from '../../src/store/store.ts'
import { temporaryStore } from './temporary-store.ts'
import { turnsDuring } from './turns.ts'

const SCOPE = { account: '111122223333', region: 'us-east-1' } as const
/** More than two slices of a scan. */
const JOBS = 5000

test('a list by creation time, of one status or of one warm pool status is one range of one covering index, whatever its size', async () => {
  await using under = await temporaryStore()
  const fixed = 'account=? AND region=?'
  const lists = [
    { filter: {}, index: 'jobs_by_creation', equal: fixed },
    { filter: { statusEquals: 'Failed' }, index: 'jobs_by_status', equal: `${fixed} AND status=?` },
    { filter: { warmPoolStatusEquals: 'InUse' }, index: 'jobs_by_warm_pool', equal: `${fixed} AND warm_pool_status=?` },
  ] as const
  for (const { filter, index, equal } of lists) {
    for (const ascending of [true, false]) {
      const range = listRange({ ...SCOPE, ...filter, ascending, creationTimeAfter: 5, creationTimeBefore: 9, limit: 1 })
      const expected = `SEARCH jobs USING COVERING INDEX ${index} (${equal} AND (creation_time,id)>(?,?) AND creation_time<?)`
      const descending = `SEARCH jobs USING COVERING INDEX ${index} (${equal} AND creation_time>? AND (creation_time,id)<(?,?))`
      assert.deepEqual(planOf(under.path, pageSql(range, index)), [ascending ? expected : descending])
    }
  }
})

test('what was modified in a time is found by its index, and a page by name reads its own rows only', async () => {
  await using under = await temporaryStore()
  const modified = listRange({ ...SCOPE, lastModifiedTimeAfter: 5, lastModifiedTimeBefore: 9, limit: 1 })
  assert.deepEqual(planOf(under.path, pageSql(modified, 'jobs_by_modification')), [
    'SEARCH jobs USING COVERING INDEX jobs_by_modification (account=? AND region=? AND last_modified_time>? AND last_modified_time<?)',
    'USE TEMP B-TREE FOR ORDER BY',
  ])
  const named = listRange({ ...SCOPE, sortBy: 'name', ascending: true, limit: 1 })
  assert.deepEqual(planOf(under.path, pageSql(named, 'jobs_by_name')), [
    'SEARCH jobs USING INDEX jobs_by_name (account=? AND region=? AND name_folded>?)',
  ])
})

test('the jobs that a server takes up again are found without looking at the others', async () => {
  await using under = await temporaryStore()
  assert.deepEqual(planOf(under.path, UNFINISHED_JOBS), ['SCAN jobs USING INDEX jobs_unfinished'])
})

test('warm pools are found without looking at jobs that have none', async () => {
  await using under = await temporaryStore()
  assert.deepEqual(
    [AVAILABLE_POOLS, ANY_POOL, MATCHING_POOLS, POOL_TAKEN_BY].map((sql) => planOf(under.path, sql)[0]),
    [
      'SCAN jobs USING COVERING INDEX jobs_by_available_pool',
      'SEARCH jobs USING COVERING INDEX jobs_by_available_pool (account=?)',
      'SEARCH jobs USING COVERING INDEX jobs_by_available_pool (account=? AND region=? AND warm_pool_key=?)',
      'SEARCH jobs USING INDEX jobs_by_pool_taker (<expr>=?)',
    ],
  )
})

test('a text is found in names across the slices of a scan, page by page, and other work has its turns meanwhile', async () => {
  await using under = await temporaryStore()
  fill(under.path)
  const expected = numbers()
    .map((number) => `Job-${number}`)
    .filter((name) => name.includes('99'))
    .toReversed()
  assert.deepEqual(await names(under.store, { nameContains: 'b-9', limit: 1 }, 1), ['Job-999'])
  assert.deepEqual(await names(under.store, { nameContains: '99', limit: 7 }), expected)
  // Too short for the index of names.
  const { result, turns } = await turnsDuring(() => names(under.store, { nameContains: 'zz', limit: 7 }))
  assert.deepEqual(result, [])
  assert.ok(turns >= 2, `${turns} turns`)
})

test('a text in few names is found by the index of names, one in many by looking at all, in any order and whatever else is asked for', async () => {
  await using under = await temporaryStore()
  fill(under.path)
  const all = numbers().map((number) => `Job-${number}`)
  // A piece that is nowhere, in one name, in a few, in hundreds, in more than are looked up; and two pieces that are, but not one after the other.
  for (const nameContains of ['nobody', 'job-4999', '123', 'B-12', 'OB-1', 'Job', '400-999', '111222', '499']) {
    const expected = all.filter((name) => name.toLowerCase().includes(nameContains.toLowerCase()))
    const list = { nameContains, limit: 100 } as const
    assert.deepEqual(await names(under.store, { ...list, ascending: true }), expected)
    assert.deepEqual(await names(under.store, list), expected.toReversed())
    assert.deepEqual(await names(under.store, { ...list, sortBy: 'name', ascending: true }), expected.toSorted())
    const completed = expected.filter((_, at) => Number(expected[at]?.slice(4)) % 2 === 0)
    const timed = { ...list, ascending: true, statusEquals: 'Completed', creationTimeAfter: 99.5 } as const
    assert.deepEqual(
      await names(under.store, timed),
      completed.filter((name) => Number(name.slice(4)) >= 1000),
    )
  }
})

test('the index of names has those of new jobs, and of deleted ones no longer, and of what took the place of their row', async () => {
  await using under = await temporaryStore()
  fill(under.path)
  const found = (nameContains: string) => names(under.store, { nameContains, limit: 100 })
  assert.deepEqual(await found('4999'), ['Job-4999'])
  using database = new DatabaseSync(under.path)
  database.exec(`DELETE FROM jobs WHERE name IN ('Job-4999', 'Job-3')`)
  assert.deepEqual(await found('4999'), [])
  for (const name of ['Another-4998', 'Later-4998']) {
    database.exec(`INSERT INTO jobs (id, account, region, name, name_folded, arn, version, status, secondary_status, creation_time,
        last_modified_time, attempt, request, document)
      SELECT '${name}', account, region, '${name}', lower('${name}'), arn, version, status, secondary_status, creation_time,
        last_modified_time, attempt, request, document FROM jobs WHERE name = 'Job-4998'`)
  }
  assert.deepEqual(await found('4998'), ['Later-4998', 'Another-4998', 'Job-4998'])
  assert.deepEqual(await found('ther-49'), ['Another-4998'])
})

test('a text is found although the disk takes no more names', async () => {
  await using under = await temporaryStore()
  fill(under.path)
  using database = new DatabaseSync(under.path)
  const full = () => Promise.reject(new StoreError('disk-full', under.path, undefined))
  const names = new NameIndex(database, full)
  assert.equal(await names.rowsWith(['499']), undefined)
  const { jobs } = await new ListJobs(database, names).page({ ...SCOPE, nameContains: 'b-4999', limit: 100 })
  assert.deepEqual(
    jobs.map(({ name }) => name),
    ['Job-4999'],
  )
})

test('jobs that the index of names finds are looked up by their rows', async () => {
  await using under = await temporaryStore()
  const range = listRange({ ...SCOPE, nameContains: 'nobody', limit: 1 })
  assert.deepEqual(range.pieces, ['nob', 'obo', 'bod', 'ody'])
  assert.deepEqual(planOf(under.path, rowsSql(range)), [
    'SCAN json_each VIRTUAL TABLE INDEX 1:',
    'SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)',
    'USE TEMP B-TREE FOR ORDER BY',
  ])
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

test('a list in an order that its filters have no index for agrees with the whole list, however many slices it takes', async () => {
  await using under = await temporaryStore()
  fill(under.path)
  const completed = numbers().filter((number) => number % 2 === 0)
  const expected = completed.map((number) => `Job-${number}`).sort()
  const list = { statusEquals: 'Completed', lastModifiedTimeAfter: -1, limit: 100 } as const
  assert.deepEqual(await names(under.store, { ...list, sortBy: 'name', ascending: true }), expected)
  assert.deepEqual(await names(under.store, { ...list, sortBy: 'name' }), expected.toReversed())
  const inTime = completed.map((number) => `Job-${number}`)
  assert.deepEqual(await names(under.store, { ...list, ascending: true }), inTime)
  assert.deepEqual(await names(under.store, list), inTime.toReversed())
})

test('slices hold up nobody and miss nothing where the clock once stepped back', async () => {
  await using under = await temporaryStore()
  fill(under.path)
  using database = new DatabaseSync(under.path)
  // The later half of the rows was created before the earlier half.
  database.exec(`UPDATE jobs SET creation_time = creation_time - 1000 WHERE last_modified_time >= ${JOBS / 2}`)
  const list = { nameContains: '99', limit: 100 } as const
  const found = numbers().filter((number) => String(number).includes('99'))
  const early = found.filter((number) => number >= JOBS / 2)
  const late = found.filter((number) => number < JOBS / 2)
  const expected = [...early, ...late].map((number) => `Job-${number}`)
  assert.deepEqual(await names(under.store, { ...list, ascending: true }), expected)
  assert.deepEqual(await names(under.store, list), expected.toReversed())
})

function planOf(path: string, sql: string): string[] {
  using database = new DatabaseSync(path)
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
  return rows.map((row) => String(row['detail']))
}

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
