import { isOver, secondaryOf, type ModelJob, type ModelPool } from './model-job.ts'

/** What is compared of a DescribeTrainingJob answer. Times are epoch milliseconds; what is absent is undefined. */
export interface Described {
  readonly name: string
  readonly status: string
  readonly secondary: string
  readonly created: number
  readonly modified: number
  readonly trainingStart: number | undefined
  readonly trainingEnd: number | undefined
  readonly trainingSeconds: number | undefined
  readonly billableSeconds: number | undefined
  readonly reason: string | undefined
  readonly hasArtifacts: boolean
  /** `Starting 1000-2000 Preparing the instances for training`. */
  readonly transitions: readonly string[]
  /** `Reused 12 by NAME`. */
  readonly pool: string | undefined
}

/** What Describe shall show. @param now epoch milliseconds */
export function expected(job: ModelJob, now: number): Described {
  const { name, primary, created, modified, trainingStart, trainingEnd, reason, hasArtifacts, elements, pool } = job
  return {
    name,
    status: primary,
    secondary: secondaryOf(job),
    created,
    modified,
    trainingStart,
    trainingEnd,
    trainingSeconds: trainingStart === undefined ? undefined : secondsBetween(trainingStart, trainingEnd ?? now),
    billableSeconds: billable(job),
    reason,
    hasArtifacts,
    transitions: elements.map(({ status, start, end, message }) => transition(status, { start, end, message })),
    pool: pool && poolText(pool),
  }
}

/** Both ends are floored first, and it is at least 1 (behaviour 2.2). */
function secondsBetween(from: number, to: number): number {
  return Math.max(1, Math.floor(to / 1000) - Math.floor(from / 1000))
}

/** The training time without what lay between the attempts (behaviour 2.2). */
function billable(job: ModelJob): number | undefined {
  const { trainingStart, trainingEnd, elements } = job
  if (!isOver(job) || trainingStart === undefined || trainingEnd === undefined) return undefined
  const between = elements
    .filter(
      ({ status, start }) =>
        start >= trainingStart && ['Interrupted', 'Restarting', 'Starting', 'Pending'].includes(status),
    )
    .reduce((sum, { start, end = start }) => sum + end - start, 0)
  const seconds = Math.floor(trainingEnd / 1000) - Math.floor(trainingStart / 1000) - Math.floor(between / 1000)
  return Math.max(1, seconds)
}

interface Span {
  readonly start: number | undefined
  readonly end: number | undefined
  readonly message: string
}

function transition(status: string, { start, end, message }: Span): string {
  return `${status} ${start}-${end ?? ''} ${message}`
}

function poolText(pool: ModelPool): string {
  switch (pool.status) {
    case 'Reused':
      return `Reused ${pool.retained} by ${pool.by.name}`
    case 'Terminated':
      return `Terminated ${pool.retained}`
    default:
      return pool.status
  }
}

/** The members that are read of an answer. */
export interface DescribeAnswer {
  readonly TrainingJobName: string
  readonly TrainingJobStatus: string
  readonly SecondaryStatus: string
  readonly CreationTime: number
  readonly LastModifiedTime: number
  readonly TrainingStartTime?: number
  readonly TrainingEndTime?: number
  readonly TrainingTimeInSeconds?: number
  readonly BillableTimeInSeconds?: number
  readonly FailureReason?: string
  readonly ModelArtifacts?: object
  readonly SecondaryStatusTransitions: readonly {
    readonly Status: string
    readonly StartTime: number
    readonly EndTime?: number
    readonly StatusMessage: string
  }[]
  readonly WarmPoolStatus?: {
    readonly Status: string
    readonly ResourceRetainedBillableTimeInSeconds?: number
    readonly ReusedByJob?: string
  }
}

/** What Describe does show. */
export function shown(answer: DescribeAnswer): Described {
  return {
    name: answer.TrainingJobName,
    status: answer.TrainingJobStatus,
    secondary: answer.SecondaryStatus,
    created: milliseconds(answer.CreationTime),
    modified: milliseconds(answer.LastModifiedTime),
    trainingStart: milliseconds(answer.TrainingStartTime),
    trainingEnd: milliseconds(answer.TrainingEndTime),
    trainingSeconds: answer.TrainingTimeInSeconds,
    billableSeconds: answer.BillableTimeInSeconds,
    reason: answer.FailureReason,
    hasArtifacts: answer.ModelArtifacts !== undefined,
    transitions: answer.SecondaryStatusTransitions.map(({ Status, StartTime, EndTime, StatusMessage: message }) =>
      transition(Status, { start: milliseconds(StartTime), end: milliseconds(EndTime), message }),
    ),
    pool: shownPool(answer.WarmPoolStatus),
  }
}

function shownPool(pool: DescribeAnswer['WarmPoolStatus']): string | undefined {
  if (!pool) return undefined
  const { Status, ResourceRetainedBillableTimeInSeconds: retained, ReusedByJob: by } = pool
  return [Status, ...(retained === undefined ? [] : [retained]), ...(by === undefined ? [] : ['by', by])].join(' ')
}

/** Wire times are epoch seconds with a millisecond fraction (behaviour 6.1). */
function milliseconds(seconds: number): number
function milliseconds(seconds: number | undefined): number | undefined
function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000)
}
