import type { JobClock } from '../clock/clock.ts'

/** Epoch milliseconds of job time. */
interface Period {
  readonly since: number
  readonly until: number
}

/**
 * For how long things that jobs have left are still kept: warm pools, or the workspaces of failed jobs. As every deadline they run on the monotonic clock within one
 * life of the server; only when a thing is met for the first time, which is as its period begins, or at the start of a server, is the wall clock asked how much of
 * it is left (design, rule 5). One that was set back since says more than the whole period: that much it is then, and no more.
 */
export class KeptPeriods {
  readonly #clock: JobClock
  readonly #met = new Map<string, { readonly until: number; readonly deadline: number }>()

  constructor(clock: JobClock) {
    this.#clock = clock
  }

  /** @param jobId whose it is @returns milliseconds; 0 or less when its period is over */
  left(jobId: string, { since, until }: Period): number {
    const now = this.#clock.monotonic()
    const met = this.#met.get(jobId)
    // A pool may be given another end.
    if (met?.until === until) return met.deadline - now
    const left = Math.min(until - this.#clock.now(), until - since)
    this.#met.set(jobId, { until, deadline: now + left })
    return left
  }

  /** It is no longer kept. */
  forget(jobId: string): void {
    this.#met.delete(jobId)
  }
}
