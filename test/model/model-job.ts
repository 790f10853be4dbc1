import type { JobSpec } from './job-spec.ts'

/** One element of SecondaryStatusTransitions; times are epoch milliseconds. */
export interface Element {
  readonly status: string
  readonly start: number
  readonly end?: number
  readonly message: string
}

/** How the commands of all hosts have ended, or been decided to end. */
export type Ending =
  | { readonly kind: 'succeeded' | 'stopped' | 'lost' }
  | { readonly kind: 'failed'; readonly reason: string }

export type Cause = 'user' | 'max-runtime' | 'max-wait' | 'max-pending'

/** What is kept of a job with a KeepAlivePeriodInSeconds. */
export type ModelPool =
  | { readonly status: 'InUse' }
  | { readonly status: 'Available'; readonly since: number; readonly until: number }
  | { readonly status: 'Reused'; readonly retained: number; readonly by: Pick<ModelJob, 'name' | 'id'> }
  | { readonly status: 'Terminated'; readonly retained: number }

/**
 * A job as whoever reads the behaviour page imagines it: what Describe shows, and as much of what goes on behind it as is needed to say what comes next and when.
 * Nothing of it is taken from `src/`.
 */
export interface ModelJob {
  /** Names may be used again. */
  readonly id: number
  readonly name: string
  readonly spec: JobSpec
  readonly primary: string
  readonly elements: readonly Element[]
  readonly created: number
  readonly modified: number
  readonly trainingStart?: number
  readonly trainingEnd?: number
  readonly reason?: string
  readonly hasArtifacts: boolean
  readonly pool?: ModelPool
  readonly cause?: Cause
  readonly ending?: Ending
  readonly attempt: number
  /** Whether it has its place. */
  readonly isPlaced: boolean
  /** When it got its place: of spot jobs the youngest loses it first. */
  readonly placedAt: number
  /** An on-demand job waits for its place. */
  readonly isAskedBack?: true
  /** Whether its place is a warm pool, whose instances are up already (behaviour 8.2). */
  readonly isWarm: boolean
  /** When its instances began to be launched. */
  readonly launchedAt: number
  /** How often they have been launched in this attempt and this life of the server. */
  readonly launches: number
  /** One of them was unhealthy, and is not replaced yet. */
  readonly isReplacing?: true
  /** When its commands were sent SIGTERM. */
  readonly terminatedAt?: number
  /** An upload that was under way when the job was interrupted is over then. */
  readonly uploadsUntil?: number
  /** Before this moment no limit fires. */
  readonly limitsFrom: number
  /** Injections of its rehearsal that were made, by their place in it. */
  readonly made: readonly Made[]
  /** Those that were made and have not acted yet. */
  readonly acting: readonly number[]
}

export interface Made {
  readonly index: number
  readonly at: number
  readonly attempt: number
  /** Of each visit of a stage it is made in one time. */
  readonly visit: string
}

/** Something that comes by time. What is due at the same moment may come in any order. */
export interface ModelEvent {
  /** Epoch milliseconds. */
  readonly at: number
  /** @param at when it comes: later than it was due where no server was there */
  readonly happen: (at: number) => ModelJob
}

/** Behaviour 1.5. */
export const TEXT = {
  starting: 'Starting the training job',
  preparing: 'Preparing the instances for training',
  unhealthy: 'Launched instance was unhealthy, replacing it!',
  noCapacity: 'Insufficient capacity error from EC2 while launching instances, retrying!',
  waiting: 'Training job waiting for capacity',
  downloading: 'Downloading input data',
  downloadingImage: 'Downloading the training image',
  training: 'Training image download completed. Training in progress.',
  uploading: 'Uploading generated training model',
  stopping: 'Stopping the training job',
  interrupted: 'Training job interrupted. Waiting for spot capacity.',
  restarting: 'Restarting the training job',
  retained: 'Resource retained for reuse',
  released: 'Resource released due to keep alive period expiry',
} as const

const TERMINAL = {
  Completed: { primary: 'Completed', message: 'Training job completed' },
  Failed: { primary: 'Failed', message: 'Training job failed' },
  Stopped: { primary: 'Stopped', message: 'Training job stopped' },
  MaxRuntimeExceeded: {
    primary: 'Stopped',
    message: 'Training job runtime exceeded MaxRuntimeInSeconds provided',
  },
  MaxWaitTimeExceeded: {
    primary: 'Stopped',
    message: 'Training job wait time exceeded MaxWaitTimeInSeconds provided',
  },
} as const
type TerminalStatus = keyof typeof TERMINAL

const STOPPED_AS = {
  user: 'Stopped',
  'max-runtime': 'MaxRuntimeExceeded',
  'max-wait': 'MaxWaitTimeExceeded',
  'max-pending': 'Stopped',
} as const satisfies Record<Cause, TerminalStatus>

export const INTERNAL_ERROR = 'InternalServerError: We encountered an internal error. Please try again.'

export function createdJob({ id, name, spec }: Pick<ModelJob, 'id' | 'name' | 'spec'>, at: number): ModelJob {
  return {
    id,
    name,
    spec,
    primary: 'InProgress',
    elements: [{ status: 'Starting', start: at, message: TEXT.starting }],
    created: at,
    modified: at,
    hasArtifacts: false,
    attempt: 1,
    isPlaced: false,
    isWarm: false,
    placedAt: at,
    launchedAt: at,
    launches: 1,
    limitsFrom: at,
    made: [],
    acting: [],
    ...(spec.keepAlive ? { pool: { status: 'InUse' } } : {}),
  }
}

export function secondaryOf({ elements }: ModelJob): string {
  return elements.at(-1)?.status ?? ''
}

/** When the element that is open began. */
export function since({ elements }: ModelJob): number {
  return elements.at(-1)?.start ?? 0
}

export function isOver({ trainingEnd }: ModelJob): boolean {
  return trainingEnd !== undefined
}

/** An element is appended, and the one before it ends where it begins (behaviour 1.2, 1.3). */
export function appended(job: ModelJob, at: number, status: string, message: string): ModelJob {
  const before = job.elements.map((element, index) =>
    index === job.elements.length - 1 ? { ...element, end: at } : element,
  )
  return { ...job, elements: [...before, { status, start: at, message }], modified: at }
}

/** The message of the open element is replaced (behaviour 1.3). */
export function retold(job: ModelJob, at: number, message: string): ModelJob {
  const elements = job.elements.map((element, index) =>
    index === job.elements.length - 1 ? { ...element, message } : element,
  )
  return { ...job, elements, modified: at }
}

/** The terminal element begins and ends at TrainingEndTime (behaviour 1.3); a pool may be kept where its instances were up and the fault was not ours (8.2). */
function ended(job: ModelJob, at: number, status: TerminalStatus): ModelJob {
  const { primary, message } = TERMINAL[status]
  const over = appended({ ...job, primary, trainingEnd: at }, at, status, message)
  const closed = {
    ...over,
    elements: over.elements.with(over.elements.length - 1, { status, start: at, end: at, message }),
  }
  if (!job.pool) return closed
  const isOurFault = job.reason !== undefined && !/^(Algorithm|Client)Error:/.test(job.reason)
  const isKept = job.trainingStart !== undefined && !isOurFault
  // Whether there is room for it is another matter: so long it is still InUse.
  return isKept ? closed : { ...closed, pool: { status: 'Terminated', retained: 0 } }
}

export function failed(job: ModelJob, at: number, reason: string): ModelJob {
  return ended({ ...job, reason }, at, 'Failed')
}

/** Behaviour 1.4.10: retried where the strategy allows it and nobody has asked for the end. */
export function platformFault(job: ModelJob, at: number): ModelJob {
  const made = job.elements.filter(({ status }) => status === 'Restarting').length
  if (job.cause || made >= (job.spec.retries ?? 0)) return failed(job, at, INTERNAL_ERROR)
  return appended(job, at, 'Restarting', TEXT.restarting)
}

/** How often instances are launched in vain: AWS's number is unknown. */
const LAUNCHES = 3

/** Behaviour 1.4.9: it is to be replaced. */
export function unhealthy(job: ModelJob, at: number): ModelJob {
  if (job.launches === LAUNCHES) return platformFault(job, at)
  return { ...retold(job, at, TEXT.unhealthy), isReplacing: true, launches: job.launches + 1 }
}

export function replaced({ isReplacing: _was, ...job }: ModelJob, at: number): ModelJob {
  return { ...retold(job, at, TEXT.preparing), launchedAt: at }
}

/** The end of a job whose commands never ran, or whose upload is done (behaviour 1.4.5, 1.4.6). */
export function finished(job: ModelJob, at: number): ModelJob {
  if (job.cause) return ended(job, at, STOPPED_AS[job.cause])
  if (job.ending?.kind === 'failed') return failed(job, at, job.ending.reason)
  return ended(job, at, 'Completed')
}

/** Behaviour 1.4.6: while Uploading only the primary status changes. */
export function stopped(job: ModelJob, at: number, cause: Cause): ModelJob {
  if (job.cause) return job
  const stopping = { ...job, primary: 'Stopping', cause, modified: at }
  if (secondaryOf(job) === 'Uploading') return stopping
  const { terminatedAt = at, ...rest } = stopping
  // What is interrupted has nothing to upload, so its commands are not waited for.
  const commands = secondaryOf(job) === 'Training' ? { terminatedAt } : {}
  return appended({ ...rest, ...commands }, at, 'Stopping', TEXT.stopping)
}

export function placeless({ isAskedBack: _asked, isReplacing: _replacing, ...job }: ModelJob): ModelJob {
  return { ...job, isPlaced: false }
}

/** Behaviour 1.4.8. @returns undefined where the job is past it */
export function interrupted(job: ModelJob, at: number): ModelJob | undefined {
  if (isOver(job) || job.cause) return undefined
  const secondary = secondaryOf(job)
  if (secondary === 'Training' && job.ending) return undefined
  if (secondary === 'Interrupted') return job
  if (secondary === 'Starting' || secondary === 'Pending') {
    const message = secondary === 'Pending' ? TEXT.waiting : TEXT.noCapacity
    return job.isPlaced ? { ...placeless(retold(job, at, message)), launches: 1 } : job
  }
  const uploadsUntil = secondary === 'Uploading' ? { uploadsUntil: since(job) + job.spec.upload * 1000 } : {}
  const terminatedAt = secondary === 'Training' ? { terminatedAt: at } : {}
  const { ending: _undone, ...again } = job
  return appended({ ...again, ...uploadsUntil, ...terminatedAt }, at, 'Interrupted', TEXT.interrupted)
}

/** The next attempt begins. */
export function startedAgain(job: ModelJob, at: number): ModelJob {
  const { ending: _ending, terminatedAt: _terminated, uploadsUntil: _uploads, isAskedBack: _asked, ...rest } = job
  const next = { ...rest, attempt: job.attempt + 1, launchedAt: at, launches: 1, isPlaced: true }
  return appended(next, at, 'Starting', TEXT.starting)
}

/** How long a pool was kept, as behaviour 2.2 counts: whole seconds of both ends. */
export function retainedSeconds(since: number, until: number): number {
  return Math.floor(until / 1000) - Math.floor(since / 1000)
}
