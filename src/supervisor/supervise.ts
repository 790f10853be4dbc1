import type { JobEvent } from '../lifecycle/advance.ts'
import { waitsForPlace, type StopCause } from '../lifecycle/job.ts'
import type { SecondaryStatus } from '../lifecycle/status.ts'
import { recordEvent, type Recorded } from '../store/record-event.ts'
import type { JobRecord } from '../store/store.ts'
import type { Stage, StageWork, SupervisorContext } from './context.ts'
import { parseJobRequest } from './job-request.ts'
import { isReached, TimeLimitReached, within, type Limit } from './limits.ts'
import { deleting } from './stages/deleting.ts'
import { downloading } from './stages/downloading.ts'
import { recordPlatformFault } from './stages/end-attempt.ts'
import { interrupted } from './stages/interrupted.ts'
import { restarting } from './stages/restarting.ts'
import { starting } from './stages/starting.ts'
import { stopping } from './stages/stopping.ts'
import { training } from './stages/training.ts'
import { uploading } from './stages/uploading.ts'
import type { SupervisedJob } from './supervised-job.ts'

const STAGES = {
  Starting: starting,
  Pending: starting,
  Downloading: downloading,
  Training: training,
  Uploading: uploading,
  Stopping: stopping,
  Interrupted: interrupted,
  Restarting: restarting,
  Completed: undefined,
  Failed: undefined,
  Stopped: undefined,
  MaxRuntimeExceeded: undefined,
  MaxWaitTimeExceeded: undefined,
} as const satisfies Record<SecondaryStatus, StageWork | undefined>

/** Milliseconds before a stage that failed for no reason of the job's is tried again; after the last the job ends with a platform fault. */
const RETRY_DELAYS = [100, 500, 2000, 10_000, 30_000] as const
const LONGEST_RETRY_DELAY = 30_000

/** Why a stage is left of whose job no place is on record that could be taken away: one may have been given to it that is not recorded yet. */
export class PlaceAskedBack extends Error {
  override readonly name = 'PlaceAskedBack'
  /** For the journal. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(details: Readonly<Record<string, unknown>>) {
    super('The place of the job is asked back')
    this.details = details
  }
}

/** How a supervisor leaves a job. */
export type Ending =
  /** Over, or deleted: then there is no record. */
  | { readonly kind: 'over'; readonly job: JobRecord | undefined }
  /** It stands in line for its place: nothing is to be done before it has that, or its record changes, or its time is up. */
  | { readonly kind: 'waits'; readonly limit: Limit | undefined }
  /** The server is closing. */
  | { readonly kind: 'let-go' }

/**
 * Takes a job through its stages until it is terminal, or has to wait for its place: look at the record, do what its status asks for, look again. One at a time for
 * each job.
 *
 * @param closing aborts when the server lets go of the job without ending it; whoever aborts it interrupts the job's work after it
 */
export async function supervise(
  context: SupervisorContext,
  supervised: SupervisedJob,
  closing: AbortSignal,
): Promise<Ending> {
  const { id: jobId } = supervised
  let failures = 0
  let seen = supervised.created
  let askedBack: PlaceAskedBack | undefined
  supervised.created = undefined
  supervised.leave = new AbortController()
  while (!closing.aborted) {
    const { signal: left } = supervised.leave
    if (left.aborted) {
      // Whoever has woken this job since may have changed its record.
      seen = undefined
      if (left.reason instanceof PlaceAskedBack) askedBack = left.reason
      supervised.leave = new AbortController()
    }
    const { signal } = supervised.leave
    try {
      if (askedBack) await giveBack(context, supervised, askedBack)
      askedBack = undefined
      const job = seen ?? (await context.store.job(jobId))
      // While work goes on the record is its own; and where there is no time left for any, what is recorded of that is to be seen next.
      seen = undefined
      const next = nextOf(context, job, { supervised, signal, closing })
      if (next.kind === 'over') return next
      seen = await next.work()
      failures = 0
      if (supervised.turn === 'asked' && !signal.aborted) return { kind: 'waits', limit: next.limit }
    } catch (error) {
      if (closing.aborted) break
      if (signal.aborted) continue
      failures = await afterFailure(context, jobId, { error, failures, closing })
    }
  }
  return { kind: 'let-go' }
}

/** Of a place that was given before it was asked back, and recorded after; what still waits for one has none to give. */
async function giveBack(
  { store, clock }: SupervisorContext,
  supervised: SupervisedJob,
  { details }: PlaceAskedBack,
): Promise<void> {
  await recordEvent(store, clock, { jobId: supervised.id, event: { kind: 'interrupted' }, details })
  if (supervised.turn !== 'asked') supervised.turn = undefined
}

/** What a job needs next. */
type Next =
  | Extract<Ending, { readonly kind: 'over' }>
  | {
      readonly kind: 'work'
      readonly limit: Limit | undefined
      /** @returns the record as the work has left it */
      work(): Promise<JobRecord | undefined>
    }

interface Circumstances {
  readonly supervised: SupervisedJob
  readonly signal: AbortSignal
  readonly closing: AbortSignal
}

/** @throws TimeLimitReached for a job that has no place, and no time left to have one */
function nextOf(
  context: SupervisorContext,
  job: JobRecord | undefined,
  { supervised, signal, closing }: Circumstances,
): Next {
  const work = job && stageOf(job)
  if (!work) return { kind: 'over', job }
  const request = (supervised.request ??= parseJobRequest(job.request))
  const limit = supervised.limits.of(job.state, request)
  if (!waitsForPlace(job.state)) leaveLine(context, supervised)
  else if (typeof supervised.turn !== 'object' && isReached(context.clock, limit))
    throw new TimeLimitReached(limit.cause)
  const keeper = new RecordKeeper(context, job)
  const stage: Stage = {
    job,
    supervised,
    request,
    signal,
    closing,
    record: (event, details) => keeper.record(event, details),
    limited: (limitedWork) => within(context.clock, { limit, signal }, limitedWork),
  }
  return { kind: 'work', limit, work: () => work(context, stage).then(() => keeper.written) }
}

/** Of a job that has been stopped, or whose time was up, while it stood in line. */
function leaveLine({ scheduler }: SupervisorContext, supervised: SupervisedJob): void {
  if (supervised.turn !== undefined) scheduler.release(supervised.id)
  supervised.turn = undefined
}

function jobOf(recorded: Recorded): JobRecord | undefined {
  return recorded.kind === 'unknown-job' ? undefined : recorded.job
}

/** Writes what comes of a stage's work, as long as the job is in that stage, and keeps the record that it has made. */
class RecordKeeper {
  readonly #context: SupervisorContext
  /** As it was when the stage began. */
  readonly #job: JobRecord
  #seen: JobRecord | undefined
  #written: JobRecord | undefined

  constructor(context: SupervisorContext, job: JobRecord) {
    this.#context = context
    this.#job = job
    this.#seen = job
  }

  /** Undefined where nothing was written: then something else has become of the job. */
  get written(): JobRecord | undefined {
    return this.#written
  }

  record(event: JobEvent, details: Readonly<Record<string, unknown>> = {}): Promise<Recorded> {
    const { poolQuotas } = this.#context
    const isEnd = event.kind === 'finished' || event.kind === 'failed'
    if (!isEnd || !poolQuotas.concern(this.#job)) return this.#record(event, details)
    return poolQuotas.atEnd(this.#job, (keepsPool) => this.#record({ ...event, keepsPool }, details))
  }

  async #record(event: JobEvent, details: Readonly<Record<string, unknown>>): Promise<Recorded> {
    const { store, clock } = this.#context
    const seen = this.#seen ? { seen: this.#seen } : {}
    this.#seen = undefined
    this.#written = undefined
    const { id: jobId, state: stage } = this.#job
    const recorded = await recordEvent(store, clock, { jobId, stage, event, details, ...seen })
    this.#seen = jobOf(recorded)
    this.#written = this.#seen
    return recorded
  }
}

/** A job that is over keeps its secondary status while it is deleted. */
function stageOf({ state }: JobRecord): StageWork | undefined {
  return state.status === 'Deleting' ? deleting : STAGES[state.secondaryStatus]
}

/** @returns how many failures in a row there have been */
async function afterFailure(
  context: SupervisorContext,
  jobId: string,
  failure: { readonly error: unknown; readonly failures: number; readonly closing: AbortSignal },
): Promise<number> {
  const { error, failures, closing } = failure
  const delay = RETRY_DELAYS[failures]
  if (error instanceof TimeLimitReached) {
    // A limit that cannot be recorded yet is still passed when it is looked at again.
    if (await limitReached(context, jobId, error.limit)) return 0
  } else {
    context.log.error({ jobId, err: error, failures }, 'a stage failed unexpectedly')
    if (delay === undefined && (await giveUp(context, jobId, error))) return 0
  }
  await context.clock.sleep(delay ?? LONGEST_RETRY_DELAY, { signal: closing }).catch(() => undefined)
  return delay === undefined ? failures : failures + 1
}

/** @returns false where it cannot be recorded */
async function limitReached(
  { store, clock, log }: SupervisorContext,
  jobId: string,
  cause: StopCause,
): Promise<boolean> {
  const event = { kind: 'stop-requested', cause } as const
  return (await ifPossible(log, jobId, () => recordEvent(store, clock, { jobId, event }))) !== undefined
}

/** @returns false where even that cannot be recorded */
async function giveUp(context: SupervisorContext, jobId: string, error: unknown): Promise<boolean> {
  const cause = error instanceof Error ? error.message : String(error)
  const recorded = await ifPossible(context.log, jobId, async () => {
    const job = await context.store.job(jobId)
    if (!job) return undefined
    const keeper = new RecordKeeper(context, job)
    const record: Stage['record'] = (event, details) => keeper.record(event, details)
    return recordPlatformFault({ job, request: parseJobRequest(job.request), record }, { fault: 'platform', cause })
  })
  // A job that is over cannot fail any more: what is left to do is its deletion, which goes on.
  return recorded !== undefined && recorded.kind !== 'refused'
}

/** @returns undefined where the disk is full: the job waits until it is not */
async function ifPossible<T>(
  log: SupervisorContext['log'],
  jobId: string,
  record: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await record()
  } catch (error) {
    log.error({ jobId, err: error }, 'the end of a job cannot be recorded')
    return undefined
  }
}
