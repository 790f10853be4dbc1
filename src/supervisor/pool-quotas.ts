import type { Config } from '../config/config.ts'
import type { JobRecord, Store } from '../store/store.ts'
import { groupsOf } from './cluster.ts'
import { parseJobRequest } from './job-request.ts'

/** The word before a type in `fleet.quotas` that makes it the most instances of that type that the Available warm pools of an account may have. */
const PREFIX = 'warm-pool '

/**
 * Quotas of warm pools: a pool is kept at the end of its job only where its account's quota has room for it (behaviour 8.2). They are looked at when jobs with pools end,
 * one after the other, so that two that end at once do not both have the last room.
 */
export class PoolQuotas {
  readonly #limits: Config['fleet']['quotas']
  readonly #store: Pick<Store, 'job' | 'availablePools'>
  #ending: Promise<unknown> = Promise.resolve()

  constructor(limits: Config['fleet']['quotas'], store: Pick<Store, 'job' | 'availablePools'>) {
    this.#limits = limits
    this.#store = store
  }

  /** Whether anything of this job is for them to decide. */
  concern({ state, request }: JobRecord): boolean {
    return state.warmPool?.status === 'InUse' && this.#limitOf(parseJobRequest(request)) !== undefined
  }

  /** @param end records the end of the job: it is told whether what the job used may be kept */
  atEnd<Result>(job: JobRecord, end: (keepsPool: boolean) => Promise<Result>): Promise<Result> {
    const ended = this.#ending.then(async () => end(await this.#hasRoom(job)))
    this.#ending = ended.catch(() => undefined)
    return ended
  }

  async #hasRoom({ account, request }: JobRecord): Promise<boolean> {
    const own = parseJobRequest(request)
    const limit = this.#limitOf(own) ?? Infinity
    const { type, count } = sizeOf(own)
    let used = count
    for (const id of await this.#store.availablePools()) {
      const job = await this.#store.job(id)
      if (job?.account !== account) continue
      const pool = sizeOf(parseJobRequest(job.request))
      if (pool.type === type) used += pool.count
    }
    return used <= limit
  }

  #limitOf(request: Request): number | undefined {
    return this.#limits[PREFIX + sizeOf(request).type] ?? this.#limits[`${PREFIX}default`]
  }
}

type Request = ReturnType<typeof parseJobRequest>

/** A job with a pool has one group. */
function sizeOf(request: Request): { readonly type: string; readonly count: number } {
  const [group] = groupsOf(request)
  return { type: group?.InstanceType ?? '', count: group?.InstanceCount ?? 0 }
}
