import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type {
  MetricDimension,
  MetricIdentity,
  MetricPeriodsQuery,
  MetricStatistics,
  MetricWrite,
} from '../metric-store.ts'
import type { Row } from './job-rows.ts'

const KEY = 'account = ? AND region = ? AND namespace = ? AND name = ? AND dimensions = ?'
const POINT = 'INSERT INTO metric_points (metric_id, time, unit, source, count, sum, minimum, maximum)'

const ADD = `${POINT} VALUES (?, ?, ?, '', ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  count = count + excluded.count, sum = sum + excluded.sum,
  minimum = min(minimum, excluded.minimum), maximum = max(maximum, excluded.maximum)`

/** What a log says again after a crash is for a while less than what it had said. */
const REPLACE = `${POINT} VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  count = excluded.count, sum = excluded.sum, minimum = excluded.minimum, maximum = excluded.maximum
  WHERE excluded.count >= count`

/** Numbers are bound as reals, whose division would leave fractions. */
const PERIODS = `SELECT time - (time - CAST(:start AS INTEGER)) % CAST(:period AS INTEGER) AS period, unit,
    sum(count) AS count, sum(sum) AS sum, min(minimum) AS minimum, max(maximum) AS maximum
  FROM metric_points WHERE metric_id = :id AND time >= :start AND time < :end AND unit = coalesce(:unit, unit)
  GROUP BY period, unit ORDER BY period, unit`

/** The tables of CloudWatch metrics. Writing methods run inside a transaction of their caller's. */
export class MetricRows {
  readonly #find: StatementSync
  readonly #insert: StatementSync
  readonly #insertDimension: StatementSync
  readonly #touch: StatementSync
  readonly #add: StatementSync
  readonly #replace: StatementSync
  readonly #periods: StatementSync

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(`SELECT id FROM metrics WHERE ${KEY}`)
    this.#insert = database.prepare(
      'INSERT INTO metrics (account, region, namespace, name, dimensions, last_time) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#insertDimension = database.prepare(
      'INSERT INTO metric_dimensions (metric_id, name, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#touch = database.prepare('UPDATE metrics SET last_time = ?1 WHERE id = ?2 AND last_time < ?1')
    this.#add = database.prepare(ADD)
    this.#replace = database.prepare(REPLACE)
    this.#periods = database.prepare(PERIODS)
  }

  put({ metric, statistics, source }: MetricWrite): void {
    const { time, unit, count, sum, minimum, maximum } = statistics
    const id = this.#idOf(metric) ?? this.#make(metric, time)
    this.#touch.run(time, id)
    const values = [count, sum, minimum, maximum]
    if (source === undefined) this.#add.run(id, time, unit, ...values)
    else this.#replace.run(id, time, unit, source, ...values)
  }

  periods({ metric, unit, startTime, endTime, periodMs }: MetricPeriodsQuery): MetricStatistics[] {
    const id = this.#idOf(metric)
    if (id === undefined) return []
    const values = { id, unit: unit ?? null, start: startTime, end: endTime, period: periodMs }
    return this.#periods.all(values).map(statisticsOf)
  }

  #idOf(metric: MetricIdentity): number | undefined {
    const { account, region, namespace, name } = metric
    return this.#find.get(account, region, namespace, name, dimensionsText(metric))?.['id'] as number | undefined
  }

  #make(metric: MetricIdentity, time: number): number {
    const { account, region, namespace, name } = metric
    const { lastInsertRowid } = this.#insert.run(account, region, namespace, name, dimensionsText(metric), time)
    for (const dimension of metric.dimensions)
      this.#insertDimension.run(lastInsertRowid, dimension.name, dimension.value)
    return Number(lastInsertRowid)
  }
}

/** One text for the same dimensions in whatever order. */
export function dimensionsText({ dimensions }: MetricIdentity): string {
  const pairs = dimensions.map(({ name, value }) => [name, value] as const)
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : Number(a > b))))
}

export function metricOf(row: Row): MetricIdentity {
  const pairs = JSON.parse(row['dimensions'] as string) as [string, string][]
  return {
    account: row['account'] as string,
    region: row['region'] as string,
    namespace: row['namespace'] as string,
    name: row['name'] as string,
    dimensions: pairs.map(([name, value]): MetricDimension => ({ name, value })),
  }
}

function statisticsOf(row: Row): MetricStatistics {
  return {
    time: row['period'] as number,
    unit: row['unit'] as string,
    count: row['count'] as number,
    sum: row['sum'] as number,
    minimum: row['minimum'] as number,
    maximum: row['maximum'] as number,
  }
}
