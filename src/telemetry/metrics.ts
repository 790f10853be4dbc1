import { basename } from 'node:path'
import type { JobClock } from '../clock/clock.ts'
import type { FinalMetric } from '../lifecycle/job.ts'
import type { MetricWrite } from '../store/metric-store.ts'
import type { JobRecord, Store } from '../store/store.ts'
import { InstanceUsage } from './instance-usage.ts'
import type { LogStreams } from './log-streams.ts'
import { MetricEngine } from './metric-engine.ts'
import type { FoundPeriod } from './metric-periods.ts'
import { MetricScan } from './metric-scan.ts'
import type { MetricDefinition } from './metric-scan.ts'
import { TRAINING_JOBS_NAMESPACE } from './namespace.ts'

export interface MetricsContext {
  readonly store: Store
  readonly clock: JobClock
  readonly streams: LogStreams
  /** Milliseconds between looks at the streams of running jobs. */
  readonly pollMs?: number
  readonly deadlineMs?: number
}

/** The part of a job's request that says what its metrics are. */
export interface MetricsRequest {
  readonly AlgorithmSpecification?: { readonly MetricDefinitions?: readonly MetricDefinition[] }
}

const POLL_MS = 2000
/** Usage is measured once a minute: it is looked at every so many polls. */
const POLLS_A_USAGE = 15

/** Final metrics were asked for after the server began to close; the next life of the server finds them. */
export class MetricsClosedError extends Error {
  override readonly name = 'MetricsClosedError'
  readonly code = 'METRICS_CLOSED'
  readonly jobId: string

  constructor(jobId: string) {
    super('The server is closing: the final metrics are left to its next start.')
    this.jobId = jobId
  }
}

/**
 * What agents measure, and the metric definitions of all running jobs, applied to their logs while these are written, so that CloudWatch shows values as they come and little is
 * left to do when a job ends.
 * The poll is a real timer, not job time: it follows files of this machine.
 */
export class Metrics {
  readonly #store: Store
  readonly #clock: JobClock
  readonly #streams: LogStreams
  readonly #engine: MetricEngine
  readonly #scans = new Map<string, MetricScan>()
  readonly #usages = new Map<string, InstanceUsage>()
  readonly #pollMs: number
  readonly #finishing = new Set<Promise<unknown>>()
  #timer: NodeJS.Timeout | undefined
  #polls = 0
  #closed = false

  constructor({ store, clock, streams, pollMs = POLL_MS, ...options }: MetricsContext) {
    this.#store = store
    this.#clock = clock
    this.#streams = streams
    this.#pollMs = pollMs
    this.#engine = new MetricEngine(options)
  }

  /** Begins to follow a job's streams; does nothing for a job that is followed already. */
  follow(job: JobRecord, request: MetricsRequest): void {
    if (this.#closed) return
    if (definitionsOf(request).length > 0) this.#scan(job, request)
    this.#usage(job)
    this.#timer ??= setTimeout(this.#poll, this.#pollMs).unref()
  }

  /**
   * The last value of each metric over everything that was logged; the job's streams must be sealed. Metrics that had to be dropped are named in the
   * job's journal. The job is then forgotten.
   * @throws MetricsClosedError after `close`, rather than to answer with less than there is
   */
  async finish(job: JobRecord, request: MetricsRequest): Promise<readonly FinalMetric[]> {
    if (!this.#closed) this.#usage(job)
    if (definitionsOf(request).length === 0) return []
    if (this.#closed) throw new MetricsClosedError(job.id)
    return this.#finishingOf(this.#finish(job, request))
  }

  /** What `close` waits for. */
  #finishingOf<Result>(finishing: Promise<Result>): Promise<Result> {
    this.#finishing.add(finishing)
    return finishing.finally(() => this.#finishing.delete(finishing))
  }

  /** Stops following a job that has ended, or is let go of. What was measured last is stored without anybody waiting for it. */
  forget(jobId: string): void {
    this.#scans.delete(jobId)
    const usage = this.#usages.get(jobId)
    this.#usages.delete(jobId)
    // There is nobody to whom a failure could be told, and no more to lose than the points of a minute.
    if (usage) void this.#finishingOf(store(usage).catch(() => undefined))
  }

  /** Waits for what `finish` has begun, then stops following. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await Promise.allSettled(this.#finishing)
    this.#scans.clear()
    this.#usages.clear()
    await this.#engine.close()
  }

  async #finish(job: JobRecord, request: MetricsRequest): Promise<readonly FinalMetric[]> {
    const scan = this.#scan(job, request)
    await scan.advance(await this.#streams.filesOf(job.id))
    await scan.flush()
    const { metrics, warnings } = scan.result()
    if (warnings.length > 0) {
      await this.#store.appendJournal(job.id, [
        { kind: 'metrics-dropped', time: this.#clock.now(), data: { warnings } },
      ])
    }
    this.#scans.delete(job.id)
    return metrics
  }

  #scan(job: JobRecord, request: MetricsRequest): MetricScan {
    const known = this.#scans.get(job.id)
    if (known) return known
    const write = (periods: readonly FoundPeriod[]) => this.#store.putMetrics(periods.map((each) => pointOf(job, each)))
    // It takes longer to start than a short job to end.
    this.#engine.warm()
    const scan = new MetricScan(this.#engine, definitionsOf(request), write)
    this.#scans.set(job.id, scan)
    return scan
  }

  #usage(job: JobRecord): void {
    if (this.#usages.has(job.id)) return
    this.#usages.set(job.id, new InstanceUsage({ store: this.#store, streams: this.#streams }, job))
  }

  readonly #poll = (): void => {
    // What fails now is met again, and told, by whoever finishes the job.
    const done = this.#advanceAll().catch(() => undefined)
    void done.then(() => this.#pollAgain())
  }

  #pollAgain(): void {
    const idle = this.#closed || this.#usages.size === 0
    this.#timer = idle ? undefined : setTimeout(this.#poll, this.#pollMs).unref()
  }

  async #advanceAll(): Promise<void> {
    const scans = [...this.#scans]
    for (const [jobId, scan] of scans) await scan.advance(await this.#streams.filesOf(jobId))
    // Together, so that the points of all jobs become durable by one commit.
    await Promise.all(scans.map(([, scan]) => scan.flush()))
    if (++this.#polls % POLLS_A_USAGE !== 0) return
    const usages = [...this.#usages.values()]
    for (const usage of usages) await usage.read()
    await Promise.all(usages.map((usage) => usage.flush()))
  }
}

/** The stream is the source: a scan that begins again at its start writes the same points again (behaviour 5.3 for the names). */
function pointOf({ account, region, name: jobName }: JobRecord, { metric, file, values }: FoundPeriod): MetricWrite {
  const dimensions = [{ name: 'TrainingJobName', value: jobName }]
  return {
    metric: { account, region, namespace: TRAINING_JOBS_NAMESPACE, name: metric, dimensions },
    statistics: { ...values, unit: 'None' },
    source: basename(file),
  }
}

async function store(usage: InstanceUsage): Promise<void> {
  await usage.read()
  await usage.flush()
}

function definitionsOf({ AlgorithmSpecification }: MetricsRequest): readonly MetricDefinition[] {
  return AlgorithmSpecification?.MetricDefinitions ?? []
}
