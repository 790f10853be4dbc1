import type { Placement } from '../lifecycle/placement.ts'

/** A job that asks for its place. */
export interface Asking {
  readonly jobId: string
  readonly account: string
  /** Higher comes first: the tag `trainyard:priority` as Create read it, -100 to 100. */
  readonly priority: number
  /** Job time of its creation, epoch milliseconds; of the same priority the earlier comes first, then the lower id. */
  readonly arrival: number
  /** Whether it takes spare capacity only (EnableManagedSpotTraining). */
  readonly spot: boolean
  /** In numeric order. */
  readonly instances: readonly { readonly host: string; readonly instanceType: string }[]
}

export interface PlaceOptions {
  readonly signal: AbortSignal
  /** Called once when it is known that the job has to wait. @param accelerated whether any instance is of an accelerated type (behaviour 1.4.3) */
  waiting(accelerated: boolean): void
}

/** Decides when a job may have its instances, and which part of the machine they get. */
export interface Scheduler {
  /**
   * Resolves with the job's place, which it keeps until `release`; a job that has one gets the same again.
   * @throws CapacityError where it can never be had; the signal's reason when it aborts first
   */
  place(asking: Asking, options: PlaceOptions): Promise<Placement>
  /** A job of an earlier life of this server still has this place. Called for all of them before any is asked for. */
  hold(jobId: string, placement: Placement): void
  /** The job's instances are gone. Idempotent. */
  release(jobId: string): void
}

/** What the job asks for is not there, however long it waits: it ends Failed with `CapacityError: …` (behaviour 1.4.5). */
export class CapacityError extends Error {
  override readonly name = 'CapacityError'
}

/** Accepts jobs and starts none: `trainyard serve --hold`. */
export const holdAll: Scheduler = {
  place: (_asking, { signal }) =>
    new Promise((_resolve, reject) => {
      const refuse = () => reject(signal.reason)
      if (signal.aborted) refuse()
      else signal.addEventListener('abort', refuse, { once: true })
    }),
  hold: () => undefined,
  release: () => undefined,
}
