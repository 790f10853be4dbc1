import type { Placement } from '../lifecycle/placement.ts'
import { instanceTypeFacts } from './instance-types.ts'

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

/** Whoever stands in line for a job. */
export interface Waiter {
  /** Its turn has come: this is the job's place until `Scheduler.release`. */
  placed(placement: Placement): void
}

/** What is known of a job's turn once it has asked. */
export type Answer =
  | { readonly kind: 'placed'; readonly placement: Placement }
  /** There is no room for it now: `Waiter.placed` tells when there is. */
  | { readonly kind: 'waits' }
  /** The same, but nobody has looked whether there is room: no places are given, or not yet. */
  | { readonly kind: 'held' }

/** Decides when a job may have its instances, and which part of the machine they get. */
export interface Scheduler {
  /**
   * Puts a job in line for a place, and resolves as soon as it is decided whether it has to wait. One that stands in line stays where it is when it asks again; one that
   * has its place is told the same again.
   * @throws CapacityError where it can never be had
   */
  ask(asking: Asking, waiter: Waiter): Promise<Answer>
  /** A job of an earlier life of this server still has this place. Called for all of them before `open`. */
  hold(jobId: string, placement: Placement): void
  /** Every place of an earlier life is held, and every job of it that waits has asked: places are given from now on. */
  open(): void
  /** The job's instances are gone, or it waits no longer. Idempotent. */
  release(jobId: string): void
}

/** What the job asks for is not there, however long it waits: it ends Failed with `CapacityError: …` (behaviour 1.4.5). */
export class CapacityError extends Error {
  override readonly name = 'CapacityError'
}

/** Accepts jobs and starts none: `trainyard serve --hold`. */
export const holdAll: Scheduler = {
  ask: () => Promise.resolve({ kind: 'held' }),
  hold: () => undefined,
  open: () => undefined,
  release: () => undefined,
}

/** Whether any instance is of an accelerated type: such jobs wait as Pending (behaviour 1.4.3). */
export function isAccelerated({ instances }: Pick<Asking, 'instances'>): boolean {
  return instances.some(({ instanceType }) => instanceTypeFacts(instanceType).accelerated)
}
