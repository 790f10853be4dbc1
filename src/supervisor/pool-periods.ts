import type { JobClock } from '../clock/clock.ts'
import type { WarmPool } from '../lifecycle/warm-pool.ts'

type AvailablePool = Extract<WarmPool, { readonly status: 'Available' }>

/**
 * For how long warm pools are still kept. As every deadline they run on the monotonic clock within one life of the server; only when a pool is met for the first
 * time, which is as it becomes Available, or at the start of a server, is the wall clock asked how much of its period is left (design, rule 5).
 */
export class PoolPeriods {
  readonly #clock: JobClock
  readonly #met = new Map<string, { readonly until: number; readonly deadline: number }>()

  constructor(clock: JobClock) {
    this.#clock = clock
  }

  /** @param jobId whose pool it is @returns milliseconds; 0 or less when its period is over */
  left(jobId: string, { until }: AvailablePool): number {
    const now = this.#clock.monotonic()
    const met = this.#met.get(jobId)
    // An update gives it another end.
    if (met?.until === until) return met.deadline - now
    const left = until - this.#clock.now()
    this.#met.set(jobId, { until, deadline: now + left })
    return left
  }

  /** The pool is no longer Available. */
  forget(jobId: string): void {
    this.#met.delete(jobId)
  }
}
