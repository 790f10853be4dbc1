import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { migrate } from '../../src/sqlite/migrate.ts'
import { pageStatement } from '../../src/store/sqlite/metric-rows.ts'
import { sqliteMigrations } from '../../src/store/sqlite/migrations.ts'

const everything = { account: 'a', region: 'r', namespace: 'n', dimensions: [], limit: 5 } as const

function planOf(query: Parameters<typeof pageStatement>[0]): string {
  const database = new DatabaseSync(':memory:')
  migrate(database, sqliteMigrations())
  const { sql, values } = pageStatement(query)
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
  database.close()
  return rows.map((row) => String(row['detail'])).join('\n')
}

test('the metrics of one job are looked up, not sought among all', () => {
  const plan = planOf({ ...everything, name: 'loss', dimensions: [{ name: 'TrainingJobName', value: 'job' }] })
  assert.match(plan, /SEARCH metrics USING INTEGER PRIMARY KEY/)
  assert.match(plan, /SEARCH metric_dimensions USING PRIMARY KEY/)
})

test('a page of all metrics goes along their order and sorts nothing', () => {
  const after = { ...everything, name: 'loss' }
  assert.doesNotMatch(planOf({ ...everything, after }), /TEMP B-TREE/)
})
