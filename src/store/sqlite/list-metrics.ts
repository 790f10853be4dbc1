import type { DatabaseSync } from 'node:sqlite'
import type { MetricIdentity, MetricsQuery } from '../metric-store.ts'
import { dimensionsText, metricOf } from './metric-rows.ts'
import { walkInSlices } from './walk-in-slices.ts'

/** Metrics looked at before other work gets its turn. */
const SLICE = 1000
/** Metrics that are fetched and sorted at once, where a dimension finds them. */
const FEW = 1000

interface Statement {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

/**
 * Pages of metrics in the order of their index. Where a dimension's value finds few, these are sorted; else the index is walked, in slices where a filter may leave
 * much of it out, between which the event loop turns.
 */
export class ListMetrics {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async page(query: MetricsQuery): Promise<MetricIdentity[]> {
    const few = query.dimensions.find((dimension) => this.#findsFew(dimension))
    if (few) return this.#metrics(lookupStatement(query, few))
    return walkInSlices(query, query.limit, (from, limit) => {
      const end = isFiltered(query) ? this.#metrics(sliceEndStatement(from, SLICE))[0] : undefined
      return { rows: this.#metrics(walkStatement({ ...from, limit }, end)), next: end && { ...from, after: end } }
    })
  }

  #findsFew({ name, value }: MetricsQuery['dimensions'][number]): boolean {
    if (value === undefined) return false
    const sql = 'SELECT count(*) AS count FROM (SELECT 1 FROM metric_dimensions WHERE name = ? AND value = ? LIMIT ?)'
    return Number(this.#database.prepare(sql).get(name, value, FEW + 1)?.['count']) <= FEW
  }

  #metrics({ sql, values }: Statement): MetricIdentity[] {
    return this.#database
      .prepare(sql)
      .all(...values)
      .map(metricOf)
  }
}

function isFiltered({ namespace, name, dimensions, activeSince }: MetricsQuery): boolean {
  return dimensions.length > 0 || activeSince !== undefined || (name !== undefined && namespace === undefined)
}

/** Those that a dimension finds: every column of the order is hidden (`+`), for its index would be gone along otherwise. */
export function lookupStatement(query: MetricsQuery, by: MetricsQuery['dimensions'][number]): Statement {
  const { account, region, namespace, name, after } = query
  const where = new Conditions()
  where.add('id IN (SELECT metric_id FROM metric_dimensions WHERE name = ? AND value = ?)', by.name, by.value ?? '')
  where.add('+account = ? AND +region = ?', account, region)
  if (namespace !== undefined) where.add('+namespace = ?', namespace)
  if (name !== undefined) where.add('+name = ?', name)
  if (after) where.add('(+namespace, +name, +dimensions) > (?, ?, ?)', ...placeOf(after, COLUMNS))
  addFilters(where, query)
  return where.select('+namespace, +name, +dimensions', query.limit)
}

/** One range of the index of the order. @param end the last metric of the slice, where there is one */
export function walkStatement(query: MetricsQuery, end?: MetricIdentity): Statement {
  const { where, order } = rangeOf(query)
  if (end) where.add(`(${order.join(', ')}) <= (${order.map(() => '?').join(', ')})`, ...placeOf(end, order))
  if (query.name !== undefined && query.namespace === undefined) where.add('+name = ?', query.name)
  addFilters(where, query)
  return where.select(order.join(', '), query.limit)
}

/** The metric with which a slice ends: none when less is left. */
export function sliceEndStatement(query: MetricsQuery, slice: number): Statement {
  const { where, order } = rangeOf(query)
  return where.select(order.join(', '), 1, slice - 1)
}

const COLUMNS = ['namespace', 'name', 'dimensions'] as const
type Column = (typeof COLUMNS)[number]

/** What of a query is a range of the index of the order; columns with one value have no place in that, or SQLite would sort what is in order already. */
function rangeOf(query: MetricsQuery): { readonly where: Conditions; readonly order: readonly Column[] } {
  const { account, region, namespace, name, after } = query
  const where = new Conditions()
  where.add('account = ? AND region = ?', account, region)
  if (namespace !== undefined) where.add('namespace = ?', namespace)
  if (namespace !== undefined && name !== undefined) where.add('name = ?', name)
  const order = COLUMNS.slice(namespace === undefined ? 0 : name === undefined ? 1 : 2)
  if (after) where.add(`(${order.join(', ')}) > (${order.map(() => '?').join(', ')})`, ...placeOf(after, order))
  return { where, order }
}

function addFilters(where: Conditions, { dimensions, activeSince }: MetricsQuery): void {
  if (activeSince !== undefined) where.add('last_time >= ?', activeSince)
  for (const { name, value } of dimensions) {
    const ofMetric = 'EXISTS (SELECT 1 FROM metric_dimensions d WHERE d.metric_id = id AND d.name = ?'
    if (value === undefined) where.add(`${ofMetric})`, name)
    else where.add(`${ofMetric} AND d.value = ?)`, name, value)
  }
}

function placeOf(metric: MetricIdentity, columns: readonly Column[]): readonly string[] {
  return columns.map((column) => (column === 'dimensions' ? dimensionsText(metric) : metric[column]))
}

/** A WHERE as it grows, with the values that its marks stand for. */
class Conditions {
  readonly #texts: string[] = []
  readonly #values: (string | number)[] = []

  add(text: string, ...values: readonly (string | number)[]): void {
    this.#texts.push(text)
    this.#values.push(...values)
  }

  select(order: string, limit: number, offset = 0): Statement {
    const sql = `SELECT * FROM metrics WHERE ${this.#texts.join(' AND ')} ORDER BY ${order} LIMIT ? OFFSET ?`
    return { sql, values: [...this.#values, limit, offset] }
  }
}
