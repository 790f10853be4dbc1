import type { Scope } from './scope.ts'

export interface MetricDimension {
  readonly name: string
  readonly value: string
}

/** What makes a metric the same one; the order of its dimensions does not matter. */
export interface MetricIdentity extends Scope {
  readonly namespace: string
  readonly name: string
  readonly dimensions: readonly MetricDimension[]
}

/** Values of a metric, as CloudWatch keeps them: not one by one. */
export interface MetricStatistics {
  /** Epoch milliseconds of job time at which the period begins. */
  readonly time: number
  readonly unit: string
  readonly count: number
  readonly sum: number
  readonly minimum: number
  readonly maximum: number
}

export interface MetricWrite {
  readonly metric: MetricIdentity
  readonly statistics: MetricStatistics
  /**
   * A source that begins again after a crash says everything again: its period is replaced, by what holds as many values or more. Without a source
   * what comes is added to what is there.
   */
  readonly source?: string
}

export interface MetricPeriodsQuery {
  readonly metric: MetricIdentity
  /** Without one, statistics of each unit apart. */
  readonly unit?: string
  /** Epoch milliseconds; the first period begins here. */
  readonly startTime: number
  /** Exclusive. */
  readonly endTime: number
  readonly periodMs: number
}

export interface MetricsQuery extends Scope {
  readonly namespace?: string
  readonly name?: string
  /** A metric must have all of these; any value where none is given. */
  readonly dimensions: readonly { readonly name: string; readonly value?: string }[]
  /** Leaves out what has no value since; epoch milliseconds. */
  readonly activeSince?: number
  /** The last metric of the page before. */
  readonly after?: MetricIdentity
  readonly limit: number
}

/** A value of SageMaker Metrics. */
export interface RunMetricValue {
  readonly name: string
  /** Epoch milliseconds. */
  readonly time: number
  readonly step?: number
  readonly value: number
}

export interface RunMetricsQuery {
  readonly jobId: string
  readonly name: string
  /** Epoch milliseconds, inclusive. */
  readonly startTime: number
  /** Exclusive. */
  readonly endTime: number
  /** Of the values in the order of their times, the first so many. */
  readonly limit: number
}

/** The metrics of jobs. A part of the store: what it promises of writes holds here too. */
export interface MetricStore {
  /** All or nothing. */
  putMetrics(writes: readonly MetricWrite[]): Promise<void>
  /** Ordered by time. Periods without a value are left out. */
  metricPeriods(query: MetricPeriodsQuery): Promise<readonly MetricStatistics[]>
  /** Ordered by namespace, name and dimensions. */
  metrics(query: MetricsQuery): Promise<readonly MetricIdentity[]>

  /**
   * The same name, time and step again is the same value again.
   * @param most values of a job, in all
   * @returns how many of the values were kept, from the first on: fewer only where the job has `most`
   */
  putRunMetrics(jobId: string, values: readonly RunMetricValue[], most: number): Promise<number>
  /** Ordered by time, then step. */
  runMetrics(query: RunMetricsQuery): Promise<readonly RunMetricValue[]>
}
