/** The values that one metric had in one period, as CloudWatch keeps them. */
export interface PeriodValues {
  /** Epoch milliseconds at which the period begins. */
  readonly time: number
  readonly count: number
  readonly sum: number
  readonly minimum: number
  readonly maximum: number
}

/** Metrics of jobs have a point a minute, as on AWS (behaviour 5.2): what they take is bounded by how long a job runs, not by how much it says. */
export const PERIOD_MS = 60_000

export function periodStart(time: number): number {
  return Math.floor(time / PERIOD_MS) * PERIOD_MS
}

/** Gathers values that come in the order of their times; made for millions of them. */
export class PeriodBuilder {
  readonly #periods: { time: number; count: number; sum: number; minimum: number; maximum: number }[] = []

  add(time: number, value: number): void {
    const start = periodStart(time)
    const last = this.#periods.at(-1)
    if (last?.time !== start) {
      this.#periods.push({ time: start, count: 1, sum: value, minimum: value, maximum: value })
      return
    }
    last.count++
    last.sum += value
    if (value < last.minimum) last.minimum = value
    if (value > last.maximum) last.maximum = value
  }

  get periods(): readonly PeriodValues[] {
    return this.#periods
  }
}

function merged(a: PeriodValues, b: PeriodValues): PeriodValues {
  return {
    time: a.time,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  }
}

/** A period of one metric in one stream, whole up to now. */
export interface FoundPeriod {
  readonly metric: string
  /** Absolute path of the stream's raw file. */
  readonly file: string
  readonly values: PeriodValues
}

/**
 * Collects the periods of a job's metrics, each stream apart: within a stream times never fall, so that only its latest period is still open, and memory
 * does not grow with the log. A search that begins again at the start of the streams finds the same periods again.
 */
export class FoundPeriods {
  readonly #open = new Map<string, PeriodValues>()
  readonly #changed = new Map<string, FoundPeriod>()

  /** How many periods have changed since they were last taken. */
  get changed(): number {
    return this.#changed.size
  }

  add(metric: string, file: string, periods: readonly PeriodValues[]): void {
    const key = `${file}\n${metric}`
    for (const period of periods) {
      const open = this.#open.get(key)
      const values = open?.time === period.time ? merged(open, period) : period
      this.#open.set(key, values)
      this.#changed.set(`${key}\n${values.time}`, { metric, file, values })
    }
  }

  /** Hands what has changed to `write`, and keeps it for another time where that fails. */
  async flush(write: (periods: readonly FoundPeriod[]) => Promise<void>): Promise<void> {
    if (this.#changed.size === 0) return
    await write([...this.#changed.values()])
    this.#changed.clear()
  }
}
