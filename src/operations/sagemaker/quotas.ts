import { isTerminalSecondary } from '../../lifecycle/status.ts'
import { AwsError } from '../../protocol/errors.ts'
import type { InsertResult, Store } from '../../store/store.ts'
import { groupsOf } from '../../supervisor/cluster.ts'
import { parseJobRequest, type JobRequest } from '../../supervisor/job-request.ts'

/** Most instances that the unfinished jobs of an account may have: `ml.m5.large`, `default` for types without a line, both with `spot ` before for spot jobs. */
export type QuotaLimits = Readonly<Record<string, number>>

/** A job that wants its part of a quota. */
export interface QuotaUse {
  readonly jobId: string
  readonly account: string
  readonly request: Pick<JobRequest, 'ResourceConfig' | 'EnableManagedSpotTraining'>
}

/** What one job has of one quota. */
interface Part {
  readonly count: number
  /** Settles when its record is written, or is not. */
  readonly inserting?: Promise<unknown>
}

/** One quota that a job counts against. */
interface Line {
  readonly instanceType: string
  readonly spot: boolean
  readonly limit: number
  readonly count: number
  /** Jobs that count against it, among them some that have ended since it was last looked at. */
  readonly parts: Map<string, Part>
}

/**
 * Quotas of accounts, checked when a job is created (behaviour 6.2). A job counts from before its record is written, so that two that are created at once cannot both
 * have the last instance. Which jobs have ended is asked of the store, and only when a quota seems to be used up: no more jobs than the quota allows.
 * It counts for one server: the only one of its data folder.
 */
export class Quotas {
  readonly #limits: QuotaLimits
  readonly #store: Pick<Store, 'job'>
  readonly #parts = new Map<string, Map<string, Part>>()

  private constructor(limits: QuotaLimits, store: Pick<Store, 'job'>) {
    this.#limits = limits
    this.#store = store
  }

  /** Counts the jobs that are not over. */
  static async load(limits: QuotaLimits, store: Pick<Store, 'job' | 'unfinishedJobs'>): Promise<Quotas> {
    const quotas = new Quotas(limits, store)
    if (Object.keys(limits).length === 0) return quotas
    for (const { id } of await store.unfinishedJobs()) {
      const job = await store.job(id)
      if (!job || isTerminalSecondary(job.state.secondaryStatus)) continue
      const use = { jobId: id, account: job.account, request: parseJobRequest(job.request) }
      for (const { parts, count } of quotas.#linesOf(use)) parts.set(id, { count })
    }
    return quotas
  }

  /**
   * Inserts a job that its quotas have room for.
   * @throws AwsError ResourceLimitExceeded, and nothing has been inserted
   */
  async insert(use: QuotaUse, insert: () => Promise<InsertResult>): Promise<InsertResult> {
    const lines = this.#linesOf(use)
    if (lines.length === 0) return insert()
    if (lines.some(isExceeded)) await this.#forgetEnded(lines)
    const exceeded = lines.find(isExceeded)
    if (exceeded) throw limitExceeded(exceeded)
    // Nothing is waited for between the look and this.
    const inserting = insert()
    const settled = inserting.catch(() => undefined)
    for (const { parts, count } of lines) parts.set(use.jobId, { count, inserting: settled })
    const isInserted = await inserting.then(
      ({ kind }) => kind === 'inserted',
      () => false,
    )
    for (const { parts, count } of lines) {
      if (isInserted) parts.set(use.jobId, { count })
      else parts.delete(use.jobId)
    }
    return inserting
  }

  async #forgetEnded(lines: readonly Line[]): Promise<void> {
    for (const { parts } of lines)
      for (const [jobId, { inserting }] of parts) {
        await inserting
        const job = await this.#store.job(jobId)
        if (!job || isTerminalSecondary(job.state.secondaryStatus)) parts.delete(jobId)
      }
  }

  #linesOf({ account, request }: QuotaUse): readonly Line[] {
    if (Object.keys(this.#limits).length === 0) return []
    const spot = request.EnableManagedSpotTraining ?? false
    const kind = spot ? 'spot ' : ''
    const counts = new Map<string, number>()
    for (const { InstanceType: type, InstanceCount: size } of groupsOf(request))
      counts.set(type, (counts.get(type) ?? 0) + size)
    return Array.from(counts).flatMap(([instanceType, count]) => {
      const limit = this.#limits[kind + instanceType] ?? this.#limits[`${kind}default`]
      if (limit === undefined) return []
      return [{ instanceType, spot, limit, count, parts: this.#partsOf(`${account} ${kind}${instanceType}`) }]
    })
  }

  #partsOf(key: string): Map<string, Part> {
    let parts = this.#parts.get(key)
    if (!parts) this.#parts.set(key, (parts = new Map()))
    return parts
  }
}

function isExceeded(line: Line): boolean {
  return usedOf(line) + line.count > line.limit
}

function usedOf({ parts }: Line): number {
  return Array.from(parts.values()).reduce((sum, { count }) => sum + count, 0)
}

/** AWS's text (behaviour 6.2). */
function limitExceeded(line: Line): AwsError {
  const { instanceType, spot, limit, count } = line
  return new AwsError(
    'ResourceLimitExceeded',
    `The account-level service limit '${instanceType} for ${spot ? 'spot ' : ''}training job usage' is ${limit} Instances, with current utilization of ${usedOf(line)} Instances ` +
      `and a request delta of ${count} Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, ` +
      'contact AWS support to request an increase for this quota.',
  )
}
