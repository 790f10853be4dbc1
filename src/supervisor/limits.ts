import type { JobClock } from '../clock/clock.ts'
import { runningMilliseconds } from '../lifecycle/accounting.ts'
import type { JobState, StopCause } from '../lifecycle/job.ts'
import type { SecondaryStatus } from '../lifecycle/status.ts'
import { linkedController } from '../util/linked-controller.ts'
import type { JobRequest } from './job-request.ts'
import { maxRuntimeSeconds } from './job-request.ts'

/** A moment at which a job is stopped. */
export interface Limit {
  readonly cause: Exclude<StopCause, 'user'>
  /** On the monotonic clock. */
  readonly deadline: number
}

/** Whether its moment has come. */
export function isReached(clock: Pick<JobClock, 'monotonic'>, limit: Limit | undefined): limit is Limit {
  return limit !== undefined && limit.deadline <= clock.monotonic()
}

/** Ends a piece of work that has used up its time. */
export class TimeLimitReached extends Error {
  override readonly name = 'TimeLimitReached'
  readonly limit: Limit['cause']

  constructor(limit: Limit['cause']) {
    super('The time allowed is used up')
    this.limit = limit
  }
}

/**
 * Runs `work` until the limit. When its moment comes first the work's signal aborts, its end is awaited, and the limit is thrown; work that was done by then
 * has kept it.
 *
 * @param limit undefined where there is none
 * @throws TimeLimitReached, or whatever the work throws
 */
export async function within<T>(
  clock: Pick<JobClock, 'monotonic' | 'timer'>,
  { limit, signal }: { readonly limit: Limit | undefined; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!limit) return work(signal)
  using working = linkedController(signal)
  const left = Math.max(0, limit.deadline - clock.monotonic())
  using _timer = clock.timer(left, () => working.abort(new TimeLimitReached(limit.cause)))
  return await work(working.signal)
}

/** A limit that passed while no server was there fires this much later: the command may have ended within its time, and that must be seen first. */
const GRACE_AFTER_RESTART_MS = 2000

const RUNNING: readonly SecondaryStatus[] = ['Downloading', 'Training']
const PENDING: readonly SecondaryStatus[] = ['Starting', 'Pending']
const WAITING: readonly SecondaryStatus[] = [...PENDING, 'Interrupted', 'Restarting', ...RUNNING]

/** What is known of a job's time when its supervision begins; all on the monotonic clock. */
interface Origin {
  readonly created: number
  /** Before this moment no limit fires. */
  readonly earliest: number
}

/**
 * The limits of one job: MaxRuntimeInSeconds counts Downloading and Training over all attempts, MaxWaitTimeInSeconds everything since Create,
 * MaxPendingTimeInSeconds the time until the first Downloading (behaviour 1.4.7, 1.4.8, 1.4.13). Within one server life they run on the monotonic clock; only
 * what was used before it is taken from the record (design, rule 5).
 */
export class Limits {
  readonly #clock: Pick<JobClock, 'now' | 'monotonic'>
  readonly #isNew: boolean
  #origin: Origin | undefined
  /** Milliseconds of running that are over. */
  #used = 0
  /** Since when it has been running, on the monotonic clock. */
  #runningSince: number | undefined

  /** @param isNew the job was created in this life of the server, a moment ago: then the wall clock, which may have been set since, is not asked for its age */
  constructor(clock: Pick<JobClock, 'now' | 'monotonic'>, isNew: boolean) {
    this.#clock = clock
    this.#isNew = isNew
  }

  /** The limit that comes first of those that count in the stage that the job is in. Is to be asked whenever the job has entered one. */
  of(state: JobState, request: JobRequest): Limit | undefined {
    const origin = (this.#origin ??= this.#begin(state))
    const stage = state.secondaryStatus
    const runningSince = this.#measure(stage)
    // What has been decided comes to its own end.
    if (state.stopCause || state.outcome) return undefined
    const { MaxWaitTimeInSeconds: wait, MaxPendingTimeInSeconds: pending } = request.StoppingCondition ?? {}
    const isPending = PENDING.includes(stage) && state.trainingStartTime === undefined
    const runtime = maxRuntimeSeconds(request) * 1000 - this.#used
    return first([
      ...(runningSince === undefined ? [] : [limitAt('max-runtime', runningSince + runtime, origin)]),
      ...(wait !== undefined && WAITING.includes(stage)
        ? [limitAt('max-wait', origin.created + wait * 1000, origin)]
        : []),
      ...(pending !== undefined && isPending ? [limitAt('max-pending', origin.created + pending * 1000, origin)] : []),
    ])
  }

  #begin(state: JobState): Origin {
    const now = this.#clock.monotonic()
    const wall = this.#clock.now()
    this.#used = runningMilliseconds(state, wall)
    const isTakenUp = this.#used > 0
    if (RUNNING.includes(state.secondaryStatus)) this.#runningSince = now
    const isUntouched = state.lastModifiedTime === state.creationTime
    const age = this.#isNew && isUntouched ? 0 : Math.max(0, wall - state.creationTime)
    return { created: now - age, earliest: isTakenUp ? now + GRACE_AFTER_RESTART_MS : now }
  }

  /** @returns since when it has been running, undefined while it does not */
  #measure(stage: SecondaryStatus): number | undefined {
    const now = this.#clock.monotonic()
    if (RUNNING.includes(stage)) return (this.#runningSince ??= now)
    if (this.#runningSince !== undefined) this.#used += now - this.#runningSince
    this.#runningSince = undefined
    return undefined
  }
}

function limitAt(cause: Limit['cause'], moment: number, { earliest }: Origin): Limit {
  return { cause, deadline: Math.max(moment, earliest) }
}

function first(limits: readonly Limit[]): Limit | undefined {
  return limits.toSorted((a, b) => a.deadline - b.deadline)[0]
}
