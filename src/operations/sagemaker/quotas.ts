import { isTerminalSecondary } from '../../lifecycle/status.ts'
import { AwsError } from '../../protocol/errors.ts'
import type { InsertResult, JobRecord, Store } from '../../store/store.ts'
import { groupsOf } from '../../supervisor/cluster.ts'
import { parseJobRequest, type JobRequest } from '../../supervisor/job-request.ts'
import { warmPoolKey } from '../../supervisor/warm-pools.ts'
import { usedOf, type Part, type Standing } from './quota-use.ts'

/**
 * Most instances that the unfinished jobs of an account and its Available warm pools may have: `ml.m5.large`, `default` for types without a line, both with `spot `
 * before for spot jobs.
 */
export type QuotaLimits = Readonly<Record<string, number>>

/** A job that wants its part of a quota. */
export interface QuotaUse {
  readonly jobId: string
  readonly account: string
  readonly region: string
  readonly request: JobRequest
}

/** One quota that a job counts against. */
interface Line {
  readonly instanceType: string
  readonly spot: boolean
  readonly limit: number
  /** The job's own part. */
  readonly own: Part
  /** Jobs that count against it, among them some that have ended since it was last looked at. */
  readonly parts: Map<string, Part>
}

/**
 * Quotas of accounts, checked when a job is created (behaviour 6.2). A job counts from before its record is written, so that two that are created at once cannot both
 * have the last instance; its warm pool counts after it (behaviour 8.2), but not beside a job that waits and will run on it. What has become of jobs is asked of
 * the store, and only when a quota seems to be used up: no more jobs than the quota allows. It counts for one server: the only one of its data folder.
 */
export class Quotas {
  readonly #limits: QuotaLimits
  readonly #store: Pick<Store, 'job'>
  readonly #parts = new Map<string, Map<string, Part>>()

  private constructor(limits: QuotaLimits, store: Pick<Store, 'job'>) {
    this.#limits = limits
    this.#store = store
  }

  /** Counts the jobs that are not over, and the pools of those that are. */
  static async load(
    limits: QuotaLimits,
    store: Pick<Store, 'job' | 'unfinishedJobs' | 'availablePools'>,
  ): Promise<Quotas> {
    const quotas = new Quotas(limits, store)
    if (Object.keys(limits).length === 0) return quotas
    const unfinished = await store.unfinishedJobs()
    for (const id of [...unfinished.map((job) => job.id), ...(await store.availablePools())]) {
      const job = await store.job(id)
      const standing = standingOf(job)
      if (!job || !standing) continue
      const use = { jobId: id, account: job.account, region: job.region, request: parseJobRequest(job.request) }
      for (const { parts, own } of quotas.#linesOf(use)) parts.set(id, { ...own, standing })
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
    if (lines.some(isExceeded)) await this.#look(lines)
    const exceeded = lines.find(isExceeded)
    if (exceeded) throw limitExceeded(exceeded)
    // Nothing is waited for between the look and this.
    const inserting = insert()
    const settled = inserting.catch(() => undefined)
    for (const { parts, own } of lines) parts.set(use.jobId, { ...own, inserting: settled })
    const isInserted = await inserting.then(
      ({ kind }) => kind === 'inserted',
      () => false,
    )
    for (const { parts, own } of lines) {
      if (isInserted) parts.set(use.jobId, own)
      else parts.delete(use.jobId)
    }
    return inserting
  }

  async #look(lines: readonly Line[]): Promise<void> {
    for (const { parts } of lines)
      for (const [jobId, part] of parts) {
        await part.inserting
        const standing = standingOf(await this.#store.job(jobId))
        if (standing) parts.set(jobId, { ...part, standing })
        else parts.delete(jobId)
      }
  }

  #linesOf({ account, region, request }: QuotaUse): readonly Line[] {
    if (Object.keys(this.#limits).length === 0) return []
    const spot = request.EnableManagedSpotTraining ?? false
    const kind = spot ? 'spot ' : ''
    const key = warmPoolKey(request)
    const pool = key === undefined ? {} : { pool: `${region} ${key}` }
    const counts = new Map<string, number>()
    for (const { InstanceType: type, InstanceCount: size } of groupsOf(request))
      counts.set(type, (counts.get(type) ?? 0) + size)
    return Array.from(counts).flatMap(([instanceType, count]) => {
      const limit = this.#limits[kind + instanceType] ?? this.#limits[`${kind}default`]
      if (limit === undefined) return []
      const own: Part = { count, standing: 'waiting', ...pool }
      return [{ instanceType, spot, limit, own, parts: this.#partsOf(`${account} ${kind}${instanceType}`) }]
    })
  }

  #partsOf(key: string): Map<string, Part> {
    let parts = this.#parts.get(key)
    if (!parts) this.#parts.set(key, (parts = new Map()))
    return parts
  }
}

/** @returns undefined for a job that counts no more */
function standingOf(job: JobRecord | undefined): Standing | undefined {
  if (!job) return undefined
  const { secondaryStatus, warmPool, placement } = job.state
  if (isTerminalSecondary(secondaryStatus)) return warmPool?.status === 'Available' ? 'pool' : undefined
  return placement ? 'running' : 'waiting'
}

function isExceeded({ parts, own, limit }: Line): boolean {
  return usedOf([...parts.values(), own]) > limit
}

/** AWS's text (behaviour 6.2). */
function limitExceeded({ instanceType, spot, limit, parts, own }: Line): AwsError {
  const used = usedOf(parts.values())
  return new AwsError(
    'ResourceLimitExceeded',
    `The account-level service limit '${instanceType} for ${spot ? 'spot ' : ''}training job usage' is ${limit} Instances, with current utilization of ${used} Instances ` +
      `and a request delta of ${own.count} Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, ` +
      'contact AWS support to request an increase for this quota.',
  )
}
