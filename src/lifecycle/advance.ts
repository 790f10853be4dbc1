import { INTERNAL_SERVER_ERROR } from './failure-reason.ts'
import type { FinalMetric, JobState, Outcome, StopCause, Transition } from './job.ts'
import { MESSAGES } from './messages.ts'
import type { Placement } from './placement.ts'
import { isTerminal, PRIMARY_OF_TERMINAL, type SecondaryStatus, type TerminalSecondaryStatus } from './status.ts'
import { mayFollow } from './transitions.ts'
import { changePool, isPoolEvent, poolAtEnd, type PoolEnd, type PoolEvent } from './warm-pool.ts'

/** Everything that can happen to a job. */
export type JobEvent =
  /** Instances have been found, or found again, and are being made ready. */
  | { readonly kind: 'preparing'; readonly placement?: Placement }
  /** No room yet: accelerated types wait as Pending, others under Starting (behaviour 1.4.3, 1.4.9). */
  | { readonly kind: 'no-capacity'; readonly accelerated: boolean }
  | { readonly kind: 'unhealthy' }
  | { readonly kind: 'downloading' }
  | { readonly kind: 'downloading-image' }
  | { readonly kind: 'training' }
  /** The first of several instances has failed or is lost: how the job ends is decided, while the others still have to be ended (behaviour 3.12). */
  | { readonly kind: 'instance-failed'; readonly outcome: Outcome }
  /** Every instance's command is over, or was ended by us; what it left behind is uploaded next. */
  | { readonly kind: 'command-ended'; readonly outcome: Outcome }
  /** All work is done: the terminal status follows from the outcome and the intent to stop. */
  | ({ readonly kind: 'finished' } & Results)
  | ({ readonly kind: 'failed'; readonly reason: string } & Results)
  | { readonly kind: 'stop-requested'; readonly cause: StopCause }
  /** The intent to take a spot job's place away; what runs is ended after. A job that is still being launched goes back to waiting. */
  | { readonly kind: 'interrupted' }
  /** Nothing of an interrupted attempt is left on the machine: from here on the job waits for another place. */
  | { readonly kind: 'place-given-back' }
  /** A platform fault ended the attempt, and another one follows (behaviour 1.4.10). */
  | { readonly kind: 'restarting' }
  /** The next attempt begins, after Interrupted or Restarting; on the same place unless another is given. */
  | { readonly kind: 'starting-again'; readonly placement?: Placement }
  /** What may be changed of a job while it runs (behaviour 6.5): nothing of it is seen in the statuses. */
  | { readonly kind: 'updated'; readonly parts: readonly UpdatedPart[] }
  /** The intent to delete a job that is over (behaviour 6.6); it is acted on after, and the job is gone then. */
  | { readonly kind: 'delete-requested' }
  | PoolEvent

export type UpdatedPart = 'profiler' | 'remote-debug'

interface Results {
  readonly modelArtifacts?: string
  readonly finalMetrics?: readonly FinalMetric[]
  /** False where the job's account may keep no more warm pools. */
  readonly keepsPool?: boolean
}

export type Advance =
  | {
      readonly kind: 'advanced'
      readonly state: JobState
      /** Index in `state.transitions` from which elements are new or changed. */
      readonly transitionsFrom: number
    }
  /** The event changes nothing: it was applied before, or comes too late to matter. */
  | { readonly kind: 'unchanged' }
  /** The event must not happen in this state. */
  | { readonly kind: 'refused'; readonly reason: 'terminal' | 'not-allowed' }

/** Longest `FailureReason` that the model allows (behaviour 3.8). */
const FAILURE_REASON_MAX = 1024

const UNCHANGED: Advance = { kind: 'unchanged' }
const NOT_ALLOWED: Advance = { kind: 'refused', reason: 'not-allowed' }

/**
 * Applies an event to a job. The only writer of statuses: append when the secondary status changes, overwrite the open element's
 * message when only the sub-stage does (behaviour 1.3).
 *
 * @param at job time of the event, epoch milliseconds; recorded times never go back, so an earlier one counts as the last modification
 */
export function advance(state: JobState, event: JobEvent, at: number): Advance {
  const time = Math.max(at, state.lastModifiedTime)
  if (event.kind === 'delete-requested') return requestDelete(state, time)
  if (isPoolEvent(event)) return changeWarmPool(state, event, time)
  if (isTerminal(state.status)) return { kind: 'refused', reason: 'terminal' }
  if (event.kind === 'interrupted') return interrupt(state, time)
  if (event.kind === 'place-given-back') return givePlaceBack(state, time)
  switch (event.kind) {
    case 'preparing':
      return prepare(state, event.placement, time)
    case 'no-capacity':
      return noCapacity(state, event.accelerated, time)
    case 'unhealthy':
      return inPlace(state, MESSAGES.unhealthy, time, ['Starting', 'Pending'])
    case 'downloading':
      return append(withTrainingStart(state, time), 'Downloading', MESSAGES.downloading, time)
    case 'downloading-image':
      return inPlace(state, MESSAGES.downloadingImage, time, ['Downloading'])
    case 'training':
      return append(state, 'Training', MESSAGES.training, time)
    case 'instance-failed':
      return decide(state, event.outcome, time)
    case 'command-ended':
      return append({ ...state, outcome: event.outcome }, 'Uploading', MESSAGES.uploading, time)
    case 'finished':
      return finish(state, event, time)
    case 'failed':
      return terminate({ ...state, failureReason: clip(event.reason) }, 'Failed', event, time)
    case 'stop-requested':
      return requestStop(state, event.cause, time)
    case 'restarting':
      return state.stopCause ? NOT_ALLOWED : append(state, 'Restarting', MESSAGES.restarting, time)
    case 'starting-again':
      return startAgain(state, event.placement, time)
    case 'updated':
      return update(state, event.parts, time)
    default:
      return event satisfies never
  }
}

function inPlace(state: JobState, message: string, time: number, stages: readonly SecondaryStatus[]): Advance {
  const last = state.transitions.at(-1)
  if (!last || !stages.includes(state.secondaryStatus)) return NOT_ALLOWED
  if (last.message === message) return UNCHANGED
  const transitions = [...state.transitions.slice(0, -1), { ...last, message }]
  return advanced({ ...state, transitions, lastModifiedTime: time }, transitions.length - 1)
}

function prepare(state: JobState, placement: Placement | undefined, time: number): Advance {
  const place = placement ?? (state.placement && { ...state.placement, relaunchedAt: time })
  return inPlace(place ? { ...state, placement: place } : state, MESSAGES.preparing, time, ['Starting', 'Pending'])
}

function noCapacity(state: JobState, accelerated: boolean, time: number): Advance {
  if (!accelerated) return inPlace(state, MESSAGES.insufficientCapacity, time, ['Starting'])
  // Two consecutive Pending elements never occur: the message is replaced instead (behaviour 1.4.15).
  if (state.secondaryStatus === 'Pending') return inPlace(state, MESSAGES.waitingForCapacity, time, ['Pending'])
  return append(state, 'Pending', MESSAGES.waitingForCapacity, time)
}

function withTrainingStart(state: JobState, time: number): JobState {
  return state.trainingStartTime === undefined ? { ...state, trainingStartTime: time } : state
}

function append(state: JobState, status: SecondaryStatus, message: string, time: number): Advance {
  if (state.secondaryStatus === status) return UNCHANGED
  if (!mayFollow(state.secondaryStatus, status)) return NOT_ALLOWED
  const transitions = [...closed(state.transitions, time), { status, startTime: time, message }]
  return advanced({ ...state, secondaryStatus: status, transitions, lastModifiedTime: time }, transitions.length - 2)
}

/** The last element ends where the next begins, to the millisecond (behaviour 1.2). */
function closed(transitions: readonly Transition[], time: number): readonly Transition[] {
  const last = transitions.at(-1)
  return last ? [...transitions.slice(0, -1), { ...last, endTime: time }] : transitions
}

/** The first decision stands, whatever the other instances come to. */
function decide(state: JobState, outcome: Outcome, time: number): Advance {
  if (state.secondaryStatus !== 'Training') return NOT_ALLOWED
  if (state.outcome) return UNCHANGED
  return advanced(
    { ...state, outcome: { ...outcome, decidedAt: time }, lastModifiedTime: time },
    state.transitions.length,
  )
}

function finish(state: JobState, results: Results, time: number): Advance {
  if (state.stopCause) return terminate(state, TERMINAL_OF_CAUSE[state.stopCause], results, time)
  switch (state.outcome?.kind) {
    case 'succeeded':
      return terminate(state, 'Completed', results, time)
    case 'failed':
      return terminate({ ...state, failureReason: clip(state.outcome.reason) }, 'Failed', results, time)
    case 'lost':
      return terminate({ ...state, failureReason: INTERNAL_SERVER_ERROR }, 'Failed', results, time)
    case 'stopped':
    case undefined:
      return NOT_ALLOWED
    default:
      return state.outcome satisfies never
  }
}

const TERMINAL_OF_CAUSE = {
  user: 'Stopped',
  'max-runtime': 'MaxRuntimeExceeded',
  'max-wait': 'MaxWaitTimeExceeded',
  // There is no secondary status for it; behaviour 1.4.13 recommends Stopped (unknown on AWS).
  'max-pending': 'Stopped',
} as const satisfies Record<StopCause, TerminalSecondaryStatus>

const TERMINAL_MESSAGES = {
  Completed: MESSAGES.completed,
  Failed: MESSAGES.failed,
  Stopped: MESSAGES.stopped,
  MaxRuntimeExceeded: MESSAGES.maxRuntimeExceeded,
  MaxWaitTimeExceeded: MESSAGES.maxWaitTimeExceeded,
} as const satisfies Record<TerminalSecondaryStatus, string>

/** The terminal element begins and ends at once, at `TrainingEndTime` (behaviour 1.3). */
function terminate(state: JobState, status: TerminalSecondaryStatus, results: Results, time: number): Advance {
  if (!mayFollow(state.secondaryStatus, status)) return NOT_ALLOWED
  const pool = state.warmPool && poolAtEnd(state.warmPool, { at: time, ...circumstancesOf(state, results) })
  const message = pool?.status === 'Available' ? MESSAGES.retained : TERMINAL_MESSAGES[status]
  const element = { status, startTime: time, endTime: time, message }
  const transitions = [...closed(state.transitions, time), element]
  const ended: JobState = {
    ...state,
    status: PRIMARY_OF_TERMINAL[status],
    secondaryStatus: status,
    transitions,
    lastModifiedTime: time,
    trainingEndTime: time,
    ...(results.modelArtifacts === undefined ? {} : { modelArtifacts: results.modelArtifacts }),
    ...(results.finalMetrics === undefined ? {} : { finalMetrics: results.finalMetrics }),
    ...(pool ? { warmPool: pool } : {}),
  }
  return advanced(ended, transitions.length - 2)
}

function circumstancesOf({ trainingStartTime, failureReason }: JobState, results: Results): Omit<PoolEnd, 'at'> {
  return { wasLaunched: trainingStartTime !== undefined, isAllowed: results.keepsPool ?? true, failureReason }
}

/** What becomes of a pool shows as the terminal element's message (behaviour 1.3). */
function changeWarmPool(state: JobState, event: PoolEvent, time: number): Advance {
  const change = changePool(state.warmPool, event, { jobStatus: state.status, at: time })
  const last = state.transitions.at(-1)
  if (change.kind === 'unchanged') return UNCHANGED
  if (change.kind === 'not-allowed' || !last) return NOT_ALLOWED
  const transitions = [...state.transitions.slice(0, -1), { ...last, message: change.message }]
  return advanced({ ...state, transitions, lastModifiedTime: time, warmPool: change.pool }, transitions.length - 1)
}

/** Sets the primary status and appends Stopping in the same write; while Uploading only the primary changes (behaviour 1.4.6). */
function requestStop(state: JobState, cause: StopCause, time: number): Advance {
  if (state.stopCause) return UNCHANGED
  const uploading = state.secondaryStatus === 'Uploading'
  // A command that ended before the limit has kept it, whatever its upload takes, and one that failed before it has failed.
  if ((uploading || state.outcome) && cause !== 'user') return UNCHANGED
  const stopping: JobState = { ...state, status: 'Stopping', stopCause: cause, lastModifiedTime: time }
  return uploading
    ? advanced(stopping, state.transitions.length)
    : append(stopping, 'Stopping', MESSAGES.stopping, time)
}

/** What is being stopped, or has been decided while it trained, comes to its own end. */
function interrupt(state: JobState, time: number): Advance {
  if (state.stopCause || (state.secondaryStatus === 'Training' && state.outcome)) return NOT_ALLOWED
  // What was being uploaded is nothing any more, and neither is how it came to that: limits count again.
  const { outcome: _undone, ...again } = state
  if (state.secondaryStatus !== 'Starting' && state.secondaryStatus !== 'Pending')
    return append(again, 'Interrupted', MESSAGES.interrupted, time)
  const { placement, ...waiting } = state
  // It waits already.
  if (!placement) return UNCHANGED
  return noCapacity(waiting, state.secondaryStatus === 'Pending', time)
}

/** Of what a client sees of the job only its `LastModifiedTime` moves, which the journal's entry has too. */
function givePlaceBack(state: JobState, time: number): Advance {
  if (state.secondaryStatus !== 'Interrupted') return NOT_ALLOWED
  const { placement, ...waiting } = state
  return placement ? advanced({ ...waiting, lastModifiedTime: time }, state.transitions.length) : UNCHANGED
}

function startAgain(state: JobState, placement: Placement | undefined, time: number): Advance {
  const { outcome: _ended, ...rest } = state
  const next = { ...rest, ...(placement ? { placement } : {}), attempt: state.attempt + 1 }
  return append(next, 'Starting', MESSAGES.starting, time)
}

/** The profiler may change while InProgress, remote debugging in Downloading and Training (behaviour 6.5). */
function update(state: JobState, parts: readonly UpdatedPart[], time: number): Advance {
  const runs = state.secondaryStatus === 'Downloading' || state.secondaryStatus === 'Training'
  const allowed = { profiler: state.status === 'InProgress', 'remote-debug': runs } satisfies Record<
    UpdatedPart,
    boolean
  >
  if (!parts.every((part) => allowed[part])) return NOT_ALLOWED
  return advanced({ ...state, lastModifiedTime: time }, state.transitions.length)
}

function requestDelete(state: JobState, time: number): Advance {
  if (state.status === 'Deleting') return UNCHANGED
  // What is kept for a later job is released first (behaviour 6.6).
  if (!isTerminal(state.status) || state.warmPool?.status === 'Available') return NOT_ALLOWED
  return advanced({ ...state, status: 'Deleting', lastModifiedTime: time }, state.transitions.length)
}

function advanced(state: JobState, transitionsFrom: number): Advance {
  return { kind: 'advanced', state, transitionsFrom }
}

function clip(reason: string): string {
  return reason.slice(0, FAILURE_REASON_MAX)
}
