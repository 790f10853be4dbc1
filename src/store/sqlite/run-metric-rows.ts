import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { RunMetricsQuery, RunMetricValue } from '../metric-store.ts'
import type { Row } from './job-rows.ts'

const NO_STEP = -1

/** The tables of SageMaker Metrics. `put` runs inside a transaction of its caller's. */
export class RunMetricRows {
  readonly #put: StatementSync
  readonly #replace: StatementSync
  readonly #count: StatementSync
  readonly #setCount: StatementSync
  readonly #page: StatementSync

  constructor(database: DatabaseSync) {
    this.#replace = database.prepare(
      'UPDATE run_metrics SET value = ? WHERE job_id = ? AND name = ? AND time = ? AND step = ?',
    )
    this.#put = database.prepare('INSERT INTO run_metrics (value, job_id, name, time, step) VALUES (?, ?, ?, ?, ?)')
    this.#count = database.prepare('SELECT points FROM run_metric_counts WHERE job_id = ?')
    this.#setCount = database.prepare(
      'INSERT INTO run_metric_counts (job_id, points) VALUES (?, ?) ON CONFLICT DO UPDATE SET points = excluded.points',
    )
    this.#page = database.prepare(
      'SELECT * FROM run_metrics WHERE job_id = ? AND name = ? AND time >= ? AND time < ? ORDER BY time, step LIMIT ?',
    )
  }

  put(jobId: string, values: readonly RunMetricValue[], most: number): number {
    let points = Number(this.#count.get(jobId)?.['points'] ?? 0)
    let kept = 0
    for (const { name, time, step = NO_STEP, value } of values) {
      const isKnown = this.#replace.run(value, jobId, name, time, step).changes > 0
      if (!isKnown && points >= most) break
      if (!isKnown) {
        this.#put.run(value, jobId, name, time, step)
        points++
      }
      kept++
    }
    this.#setCount.run(jobId, points)
    return kept
  }

  page({ jobId, name, startTime, endTime, limit }: RunMetricsQuery): RunMetricValue[] {
    return this.#page.all(jobId, name, startTime, endTime, limit).map(valueOf)
  }
}

function valueOf(row: Row): RunMetricValue {
  const step = row['step'] as number
  return {
    name: row['name'] as string,
    time: row['time'] as number,
    value: row['value'] as number,
    ...(step !== NO_STEP && { step }),
  }
}
