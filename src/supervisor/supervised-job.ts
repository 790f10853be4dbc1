import type { JobClock } from '../clock/clock.ts'
import type { Placement } from '../lifecycle/placement.ts'
import type { Waiter } from '../scheduler/scheduler.ts'
import type { JobRecord } from '../store/store.ts'
import type { JobRequest } from './job-request.ts'
import { Limits } from './limits.ts'

export interface SupervisedJobOptions {
  readonly id: string
  readonly clock: JobClock
  /** Not of an earlier life of this server. */
  readonly isNew: boolean
  /** Called when the job has been given its place while it stood in line. */
  readonly turned: (job: SupervisedJob) => void
}

/** A job that is not over, or is being deleted. Of one that stands in line for its place this is all that the supervisors keep: many may. */
export class SupervisedJob implements Waiter {
  readonly id: string
  readonly limits: Limits
  /** While a supervisor is at work on it; undefined while it stands in line. */
  work: Promise<void> | undefined
  /** While a supervisor is at work: aborting it makes that leave the stage and look at the record again, with another one, or end if the server closes. */
  leave: AbortController | undefined
  /** What the job was asked for, which never changes; as long as a supervisor is at work. */
  request: JobRequest | undefined
  /** The record of a job that is new: taken from here by the first look, which then need not read it. */
  created: JobRecord | undefined
  /** The attempt whose instances have been brought up in this life of the server. */
  launched: number | undefined
  /** Its place, as long as it is not on record; `asked` while it stands in line for one. */
  turn: Placement | 'asked' | undefined
  readonly #turned: (job: SupervisedJob) => void

  constructor({ id, clock, isNew, turned }: SupervisedJobOptions) {
    this.id = id
    this.limits = new Limits(clock, isNew)
    this.#turned = turned
  }

  placed(placement: Placement): void {
    this.turn = placement
    this.#turned(this)
  }

  /** Something of its record has changed, or shall: whoever is at work on it looks at it again. */
  interruptWork(reason: Error): void {
    this.leave?.abort(reason)
  }
}
