import { INTERNAL_SERVER_ERROR } from '../lifecycle/failure-reason.ts'
import { runningMilliseconds } from '../lifecycle/accounting.ts'
import type { SecondaryStatus } from '../lifecycle/status.ts'
import { recordEvent } from '../store/record-event.ts'
import type { JobRecord } from '../store/store.ts'
import type { StageWork, SupervisorContext } from './context.ts'
import { maxRuntimeSeconds, parseJobRequest } from './job-request.ts'
import { TimeLimitReached } from './limits.ts'
import { deleting } from './stages/deleting.ts'
import { downloading } from './stages/downloading.ts'
import { starting } from './stages/starting.ts'
import { stopping } from './stages/stopping.ts'
import { training } from './stages/training.ts'
import { uploading } from './stages/uploading.ts'

/** The next attempt begins at once: nothing is waited for until the fleet exists. */
const startAgain: StageWork = async ({ store, clock }, { job }) => {
  await recordEvent(store, clock, { jobId: job.id, event: { kind: 'starting-again' } })
}

const STAGES = {
  Starting: starting,
  Pending: starting,
  Downloading: downloading,
  Training: training,
  Uploading: uploading,
  Stopping: stopping,
  Interrupted: startAgain,
  Restarting: startAgain,
  Completed: undefined,
  Failed: undefined,
  Stopped: undefined,
  MaxRuntimeExceeded: undefined,
  MaxWaitTimeExceeded: undefined,
} as const satisfies Record<SecondaryStatus, StageWork | undefined>

/** Milliseconds before a stage that failed for no reason of the job's is tried again; after the last the job ends with a platform fault. */
const RETRY_DELAYS = [100, 500, 2000, 10_000, 30_000] as const
const LONGEST_RETRY_DELAY = 30_000

/** A limit that passed while no server was there fires this much later: the command may have ended within its time, and that must be seen first. */
const LIMIT_GRACE_AFTER_RESTART_MS = 2000

/** How a job's supervision is reached from outside. */
export interface Handle {
  /** Replaced for each stage; aborting it makes the supervisor leave the stage and look at the record again, or end if the server closes. */
  leave: AbortController
}

/**
 * Takes a job through its stages until it is terminal: look at the record, do what its status asks for, look again. One at a time for each job.
 *
 * @param closing aborts when the server lets go of the job without ending it; whoever aborts it aborts `handle.leave` after it
 * @returns the record of the ended job; undefined when the server closed first, and for a job that is deleted
 */
export async function supervise(
  context: SupervisorContext,
  jobId: string,
  handle: Handle,
  closing: AbortSignal,
): Promise<JobRecord | undefined> {
  const runtimeDeadline = deadlineKeeper(context)
  let failures = 0
  while (!closing.aborted) {
    handle.leave = new AbortController()
    try {
      const { signal } = handle.leave
      if (await waitsForTurn(context, jobId)) await context.scheduler.turn(jobId, { signal })
      const job = await context.store.job(jobId)
      const work = job && stageOf(job)
      if (!work) return job
      const request = parseJobRequest(job.request)
      await work(context, { job, request, signal, closing, runtimeDeadline: () => runtimeDeadline(job) })
      failures = 0
    } catch (error) {
      if (closing.aborted) return undefined
      if (handle.leave.signal.aborted) continue
      failures = await afterFailure(context, jobId, { error, failures, closing })
    }
  }
  return undefined
}

/** Looks at the record and keeps nothing of it: of many jobs that wait for their turn only the ids are in memory. */
async function waitsForTurn({ store }: SupervisorContext, jobId: string): Promise<boolean> {
  const job = await store.job(jobId)
  return job !== undefined && stageOf(job) === starting
}

/** A job that is over keeps its secondary status while it is deleted. */
function stageOf({ state }: JobRecord): StageWork | undefined {
  return state.status === 'Deleting' ? deleting : STAGES[state.secondaryStatus]
}

/** Within one server life the limit runs on the monotonic clock; only what was used before it is taken from the record (design, rule 5). */
function deadlineKeeper(context: SupervisorContext): (job: JobRecord) => number {
  let deadline: number | undefined
  return (job) => {
    if (deadline !== undefined) return deadline
    const limit = maxRuntimeSeconds(parseJobRequest(job.request)) * 1000
    const used = runningMilliseconds(job.state, context.clock.now())
    const left = used === 0 ? limit : Math.max(limit - used, LIMIT_GRACE_AFTER_RESTART_MS)
    deadline = context.clock.monotonic() + left
    return deadline
  }
}

/** @returns how many failures in a row there have been */
async function afterFailure(
  context: SupervisorContext,
  jobId: string,
  failure: { readonly error: unknown; readonly failures: number; readonly closing: AbortSignal },
): Promise<number> {
  const { error, failures, closing } = failure
  const isLimit = error instanceof TimeLimitReached
  if (!isLimit) context.log.error({ jobId, err: error, failures }, 'a stage failed unexpectedly')
  const delay = RETRY_DELAYS[failures]
  // A limit that cannot be recorded yet is still passed when it is looked at again.
  const end = isLimit ? limitReached : delay === undefined ? giveUp : undefined
  if (end && (await end(context, jobId, error))) return 0
  await context.clock.sleep(delay ?? LONGEST_RETRY_DELAY, { signal: closing }).catch(() => undefined)
  return delay === undefined ? failures : failures + 1
}

/** @returns false where it cannot be recorded */
async function limitReached(context: SupervisorContext, jobId: string): Promise<boolean> {
  const event = { kind: 'stop-requested', cause: 'max-runtime' } as const
  return (await recordIfPossible(context, { jobId, event })) !== undefined
}

/** @returns false where even that cannot be recorded */
async function giveUp(context: SupervisorContext, jobId: string, error: unknown): Promise<boolean> {
  const cause = error instanceof Error ? error.message : String(error)
  const event = { kind: 'failed', reason: INTERNAL_SERVER_ERROR } as const
  const recorded = await recordIfPossible(context, { jobId, event, details: { fault: 'platform', cause } })
  // A job that is over cannot fail any more: what is left to do is its deletion, which goes on.
  return recorded !== undefined && recorded.kind !== 'refused'
}

/** @returns undefined where the disk is full: the job waits until it is not */
async function recordIfPossible({ store, clock, log }: SupervisorContext, entry: Parameters<typeof recordEvent>[2]) {
  try {
    return await recordEvent(store, clock, entry)
  } catch (error) {
    log.error({ jobId: entry.jobId, err: error }, 'the end of a job cannot be recorded')
    return undefined
  }
}
