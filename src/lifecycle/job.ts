import { MESSAGES } from './messages.ts'
import type { Placement } from './placement.ts'
import type { SecondaryStatus, TrainingJobStatus } from './status.ts'
import type { WarmPool } from './warm-pool.ts'

/** One element of `SecondaryStatusTransitions`. Times are epoch milliseconds; only the last element may lack `endTime`. */
export interface Transition {
  readonly status: SecondaryStatus
  readonly startTime: number
  readonly endTime?: number
  readonly message: string
}

/** Why a job is being stopped; it decides the terminal secondary status. */
export type StopCause = 'user' | 'max-runtime' | 'max-wait' | 'max-pending'

/** How the job's command ended. Kept with the record, so that a server that dies while Uploading still knows it. */
export type Outcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Ended because of the intent to stop; what its exit code was does not matter (behaviour 1.4.15, unknown on AWS). */
  | { readonly kind: 'stopped' }
  /** How an instance's command ended cannot be known: a platform fault. */
  | { readonly kind: 'lost'; readonly detail: string }

/** One element of `FinalMetricDataList` (behaviour 5.3): a 32-bit float and whole seconds since the epoch. */
export interface FinalMetric {
  readonly name: string
  readonly value: number
  readonly timestamp: number
}

/** Everything in a job's record that changes after Create. An immutable value; `advance` is the only maker of the next one. */
export interface JobState {
  readonly status: TrainingJobStatus
  readonly secondaryStatus: SecondaryStatus
  readonly transitions: readonly Transition[]
  readonly creationTime: number
  readonly lastModifiedTime: number
  /** Start of the first Downloading (behaviour 2.1). */
  readonly trainingStartTime?: number
  /** Start of the terminal element (behaviour 2.1). */
  readonly trainingEndTime?: number
  readonly failureReason?: string
  readonly modelArtifacts?: string
  readonly finalMetrics?: readonly FinalMetric[]
  /** The intent to stop, set by the first request for it. */
  readonly stopCause?: StopCause
  /** Set by the end of all instances' commands, or by the first that decides it: then the others are being ended (behaviour 3.12). */
  readonly outcome?: Outcome & {
    /** When the first instance decided it, epoch milliseconds: then the others were sent SIGTERM. */
    readonly decidedAt?: number
  }
  /** What the job has been given of the machine; kept after its end. Absent exactly while it waits for a place. */
  readonly placement?: Placement
  /** Of a job that asked for a KeepAlivePeriodInSeconds, and only of such. */
  readonly warmPool?: WarmPool
  /** Counts from 1; a restart after an interruption or a platform fault begins the next. */
  readonly attempt: number
}

/**
 * A job as Create leaves it: InProgress, Starting, its first element beginning at its creation (behaviour 2.1).
 * @param keepAliveSeconds for how long what it used shall be kept after it
 */
export function newJob(at: number, keepAliveSeconds = 0): JobState {
  return {
    status: 'InProgress',
    secondaryStatus: 'Starting',
    transitions: [{ status: 'Starting', startTime: at, message: MESSAGES.starting }],
    creationTime: at,
    lastModifiedTime: at,
    attempt: 1,
    ...(keepAliveSeconds > 0 ? { warmPool: { status: 'InUse', keepAliveSeconds } } : {}),
  }
}

const WITHOUT_PLACE: readonly SecondaryStatus[] = ['Starting', 'Pending', 'Interrupted']

/** Whether all that the job does is wait for a place on the machine: its first, or another after an interruption. */
export function waitsForPlace({ secondaryStatus, placement }: JobState): boolean {
  return placement === undefined && WITHOUT_PLACE.includes(secondaryStatus)
}
