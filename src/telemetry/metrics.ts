import { basename } from 'node:path'
import type { JobClock } from '../clock/clock.ts'
import type { FinalMetric } from '../lifecycle/job.ts'
import type { MetricWrite } from '../store/metric-store.ts'
import type { JobRecord, Store } from '../store/store.ts'
import type { LogStreams } from './log-streams.ts'
import { MetricEngine } from './metric-engine.ts'
import type { FoundPeriod } from './metric-periods.ts'
import { MetricScan } from './metric-scan.ts'
import type { MetricDefinition } from './metric-scan.ts'

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

/** Behaviour 5.2, 5.3. */
export const TRAINING_JOBS_NAMESPACE = '/aws/sagemaker/TrainingJobs'

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
 * The metric definitions of all running jobs, applied to their logs while these are written, so that CloudWatch shows values as they come and little is
 * left to do when a job ends.
 * The poll is a real timer, not job time: it follows files of this machine.
 */
export class Metrics {
  readonly #store: Store
  readonly #clock: JobClock
  readonly #streams: LogStreams
  readonly #engine: MetricEngine
  readonly #scans = new Map<string, MetricScan>()
  readonly #pollMs: number
  readonly #finishing = new Set<Promise<unknown>>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor({ store, clock, streams, pollMs = POLL_MS, ...options }: MetricsContext) {
    this.#store = store
    this.#clock = clock
    this.#streams = streams
    this.#pollMs = pollMs
    this.#engine = new MetricEngine(options)
  }

  /** Begins to follow a job's streams; does nothing for a job that is followed already, or has no definitions. */
  follow(job: JobRecord, request: MetricsRequest): void {
    if (definitionsOf(request).length === 0 || this.#closed) return
    this.#scan(job, request)
    this.#timer ??= setTimeout(this.#poll, this.#pollMs).unref()
  }

  /**
   * The last value of each metric over everything that was logged; the job's streams must be sealed. Metrics that had to be dropped are named in the
   * job's journal. The job is then forgotten.
   * @throws MetricsClosedError after `close`, rather than to answer with less than there is
   */
  async finish(job: JobRecord, request: MetricsRequest): Promise<readonly FinalMetric[]> {
    if (definitionsOf(request).length === 0) return []
    if (this.#closed) throw new MetricsClosedError(job.id)
    const finishing = this.#finish(job, request)
    this.#finishing.add(finishing)
    return finishing.finally(() => this.#finishing.delete(finishing))
  }

  /** Stops following a job that ends without final metrics. */
  forget(jobId: string): void {
    this.#scans.delete(jobId)
  }

  /** Waits for what `finish` has begun, then stops following. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await Promise.allSettled(this.#finishing)
    this.#scans.clear()
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
    this.forget(job.id)
    return metrics
  }

  #scan(job: JobRecord, request: MetricsRequest): MetricScan {
    const known = this.#scans.get(job.id)
    if (known) return known
    const write = (periods: readonly FoundPeriod[]) => this.#store.putMetrics(periods.map((each) => pointOf(job, each)))
    const scan = new MetricScan(this.#engine, definitionsOf(request), write)
    this.#scans.set(job.id, scan)
    return scan
  }

  readonly #poll = (): void => {
    // What fails now is met again, and told, by whoever finishes the job.
    const done = this.#advanceAll().catch(() => undefined)
    void done.then(() => this.#pollAgain())
  }

  #pollAgain(): void {
    const idle = this.#closed || this.#scans.size === 0
    this.#timer = idle ? undefined : setTimeout(this.#poll, this.#pollMs).unref()
  }

  async #advanceAll(): Promise<void> {
    const scans = [...this.#scans]
    for (const [jobId, scan] of scans) await scan.advance(await this.#streams.filesOf(jobId))
    // Together, so that the points of all jobs become durable by one commit.
    await Promise.all(scans.map(([, scan]) => scan.flush()))
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

function definitionsOf({ AlgorithmSpecification }: MetricsRequest): readonly MetricDefinition[] {
  return AlgorithmSpecification?.MetricDefinitions ?? []
}
