import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { migrate } from '../../src/sqlite/migrate.ts'
import type { MetricIdentity, MetricsQuery } from '../../src/store/metric-store.ts'
import { lookupStatement, sliceEndStatement, walkStatement } from '../../src/store/sqlite/list-metrics.ts'
import { sqliteMigrations } from '../../src/store/sqlite/migrations.ts'
import type { Store } from '../../src/store/store.ts'
import { temporaryStore } from './temporary-store.ts'
import { turnsDuring } from './turns.ts'

const SCOPE = { account: '111122223333', region: 'us-east-1' } as const
const ALL = { ...SCOPE, dimensions: [], limit: 5 } as const
const T = 1_700_000_000_000
/** Five slices. */
const METRICS = 5000
/** Of two namespaces and ten names; one in 500 has a value since T. */
const WRITES = Array.from({ length: METRICS }, (_, number) => {
  const dimensions = [
    { name: 'Job', value: `job-${number}` },
    { name: number % 1000 === 0 ? 'Rare' : 'Host', value: 'algo-1' },
  ]
  const metric = { ...SCOPE, namespace: `n${number % 2}`, name: `m${number % 10}`, dimensions }
  const time = number % 500 === 0 ? T : T - 60_000
  return { metric, statistics: { time, unit: 'None', count: 1, sum: 1, minimum: 1, maximum: 1 } }
})

function planOf({ sql, values }: { readonly sql: string; readonly values: readonly (string | number)[] }): string {
  const database = new DatabaseSync(':memory:')
  migrate(database, sqliteMigrations())
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
  database.close()
  return rows.map((row) => String(row['detail'])).join('\n')
}

/** All pages of a list, and that none has more than its limit. */
async function listed(store: Store, query: Partial<MetricsQuery>): Promise<readonly string[]> {
  const names: string[] = []
  for (let after: MetricIdentity | undefined; ;) {
    const page = await store.metrics({ ...ALL, ...query, ...(after && { after }) })
    assert.ok(page.length <= (query.limit ?? ALL.limit))
    names.push(...page.map(nameOf))
    after = page.at(-1)
    if (!after) return names
  }
}

function nameOf({ namespace, name, dimensions }: MetricIdentity): string {
  const pairs = dimensions.map((dimension) => JSON.stringify([dimension.name, dimension.value])).sort()
  return [namespace, name, ...pairs].join(' ')
}

/** What a list should have, from what was written. */
function expected(query: Partial<MetricsQuery>): readonly string[] {
  const { namespace, name, dimensions = [], activeSince = 0 } = query
  return WRITES.filter(
    ({ metric, statistics }) =>
      (namespace === undefined || metric.namespace === namespace) &&
      (name === undefined || metric.name === name) &&
      statistics.time >= activeSince &&
      dimensions.every((wanted) =>
        metric.dimensions.some((has) => has.name === wanted.name && has.value === (wanted.value ?? has.value)),
      ),
  )
    .map(({ metric }) => nameOf(metric))
    .sort()
}

test('the metrics of one job are looked up, not sought among all', () => {
  const dimension = { name: 'TrainingJobName', value: 'job' }
  const query = { ...ALL, namespace: 'n', name: 'loss', dimensions: [dimension] }
  const plan = planOf(lookupStatement(query, dimension))
  assert.match(plan, /SEARCH metrics USING INTEGER PRIMARY KEY/)
  assert.match(plan, /SEARCH metric_dimensions USING PRIMARY KEY/)
})

test('a page, a slice of it and the end of a slice are ranges of the index of their order, and sort nothing', () => {
  const after = { ...SCOPE, namespace: 'n', name: 'loss', dimensions: [] }
  const end = { ...after, namespace: 'o' }
  const filters = { activeSince: 5, dimensions: [{ name: 'Host' }, { name: 'Job', value: 'a' }] }
  for (const { fixed, range } of [
    { fixed: {}, range: 'account=? AND region=? AND (namespace,name,dimensions)>(?,?,?)' },
    { fixed: { name: 'loss' }, range: 'account=? AND region=? AND (namespace,name,dimensions)>(?,?,?)' },
    { fixed: { namespace: 'n' }, range: 'account=? AND region=? AND namespace=? AND (name,dimensions)>(?,?)' },
    {
      fixed: { namespace: 'n', name: 'loss' },
      range: 'account=? AND region=? AND namespace=? AND name=? AND dimensions>?',
    },
  ]) {
    const query = { ...ALL, ...fixed, after }
    const statements = [
      walkStatement(query),
      walkStatement({ ...query, ...filters }, end),
      sliceEndStatement(query, 1000),
    ]
    for (const plan of statements.map(planOf)) {
      assert.ok(plan.includes(`SEARCH metrics USING INDEX sqlite_autoindex_metrics_1 (${range}`), plan)
      assert.doesNotMatch(plan, /TEMP B-TREE/)
    }
  }
})

test('what a filter leaves of many metrics is found page by page, and others have their turn between slices', async () => {
  await using under = await temporaryStore()
  await under.store.putMetrics(WRITES)
  const rare = { dimensions: [{ name: 'Rare' }] }
  const common = { dimensions: [{ name: 'Host', value: 'algo-1' }] }
  const recent = { activeSince: T }
  const queries: readonly Partial<MetricsQuery>[] = [
    ...[recent, rare, { ...recent, ...rare }, { ...recent, ...common }, { name: 'm0', ...recent }],
    ...[
      { namespace: 'n0', ...recent },
      { namespace: 'n0', name: 'm0', ...rare },
      { namespace: 'n1', name: 'm0' },
    ],
    ...[{ dimensions: [{ name: 'Job', value: 'job-7' }] }, { dimensions: [{ name: 'Rare', value: 'algo-1' }] }],
    ...[{ limit: 1000, name: 'm3' }, { limit: 1000, ...common }, { limit: 1000 }],
  ]
  for (const query of queries)
    assert.deepEqual(await listed(under.store, query), expected(query), JSON.stringify(query))

  const slicesOf = async (query: Partial<MetricsQuery>) =>
    (await turnsDuring(() => under.store.metrics({ ...ALL, ...query }))).turns
  for (const query of [{ activeSince: T + 1 }, { dimensions: [{ name: 'Nobody' }] }, { name: 'no such' }])
    assert.ok((await slicesOf(query)) >= METRICS / 1000, JSON.stringify(query))
  assert.ok((await slicesOf({ limit: 1, ...common })) < METRICS / 1000, 'a page that is full looks no further')
})
