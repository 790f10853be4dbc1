import type { FinalMetric, JobState, Outcome, StopCause, Transition } from '../../lifecycle/job.ts'
import type { Placement } from '../../lifecycle/placement.ts'
import type { SecondaryStatus, TrainingJobStatus } from '../../lifecycle/status.ts'
import type { WarmPool, WarmPoolStatus } from '../../lifecycle/warm-pool.ts'
import type { JobRecord, JobSummary, JournalRecord, UnfinishedJob } from '../store.ts'

/** A row as node:sqlite hands it over. */
export type Row = Record<string, unknown>

/** The columns of `jobs` that change after Create, in the order of `stateColumns`. */
export const STATE_COLUMNS = [
  'status',
  'secondary_status',
  'last_modified_time',
  'training_start_time',
  'training_end_time',
  'failure_reason',
  'model_artifacts',
  'final_metrics',
  'stop_cause',
  'outcome',
  'placement',
  'warm_pool_status',
  'warm_pool',
  'attempt',
] as const

export function stateColumns(state: JobState): (string | number | null)[] {
  return [
    state.status,
    state.secondaryStatus,
    state.lastModifiedTime,
    state.trainingStartTime ?? null,
    state.trainingEndTime ?? null,
    state.failureReason ?? null,
    state.modelArtifacts ?? null,
    json(state.finalMetrics),
    state.stopCause ?? null,
    json(state.outcome),
    json(state.placement),
    state.warmPool?.status ?? null,
    json(state.warmPool),
    state.attempt,
  ]
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

/** In the order of `JobRow`. */
export const JOB_COLUMNS = `id, account, region, name, arn, version, request, document, document_shared, status, secondary_status, creation_time, last_modified_time, attempt,
  training_start_time, training_end_time, failure_reason, model_artifacts, final_metrics, stop_cause, outcome, placement, warm_pool`

/** A row of `JOB_COLUMNS` as an array: node:sqlite takes as long for an object of so many members as SQLite for the row. The schema's types and checks stand behind it. */
export type JobRow = readonly [
  id: string,
  account: string,
  region: string,
  name: string,
  arn: string,
  version: number,
  request: string,
  document: string,
  documentShared: number,
  status: TrainingJobStatus,
  secondaryStatus: SecondaryStatus,
  creationTime: number,
  lastModifiedTime: number,
  attempt: number,
  trainingStartTime: number | null,
  trainingEndTime: number | null,
  failureReason: string | null,
  modelArtifacts: string | null,
  finalMetrics: string | null,
  stopCause: StopCause | null,
  outcome: string | null,
  placement: string | null,
  warmPool: string | null,
]

export function jobRecord(row: JobRow, transitions: readonly Transition[]): JobRecord {
  const [id, account, region, name, arn, version, request, restOfDocument, shared, status, secondaryStatus, ...times] =
    row
  const [creationTime, lastModifiedTime, attempt, trainingStartTime, trainingEndTime, ...ends] = times
  const [failureReason, modelArtifacts, finalMetrics, stopCause, outcome, placement, warmPool] = ends
  const state: JobState = {
    status,
    secondaryStatus,
    transitions,
    creationTime,
    lastModifiedTime,
    attempt,
    ...present('trainingStartTime', trainingStartTime),
    ...present('trainingEndTime', trainingEndTime),
    ...present('failureReason', failureReason),
    ...present('modelArtifacts', modelArtifacts),
    ...present('finalMetrics', parsed(finalMetrics) as readonly FinalMetric[] | null),
    ...present('stopCause', stopCause),
    ...present('outcome', parsed(outcome) as Outcome | null),
    ...present('placement', parsed(placement) as Placement | null),
    ...present('warmPool', warmPoolOf(warmPool)),
  }
  const document = request.slice(0, shared) + restOfDocument
  return { id, account, region, name, arn, version, request, document, state }
}

/**
 * How many characters two texts have in common at their beginning; never half of one that takes two places in a string, which could not be written. Halves are compared as
 * wholes: going through 2.5 KB one by one takes ten times as long.
 */
export function sharedBeginning(one: string, other: string): number {
  let shared = 0
  for (let most = Math.min(one.length, other.length); shared < most;) {
    const middle = Math.ceil((shared + most) / 2)
    if (one.slice(shared, middle) === other.slice(shared, middle)) shared = middle
    else most = middle - 1
  }
  return isHighSurrogate(one.charCodeAt(shared - 1)) ? shared - 1 : shared
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

export function unfinishedJob({ id, placement }: Row): UnfinishedJob {
  return { id: id as string, ...present('placement', parsed(placement) as Placement | null) }
}

/** @param column of `warm_pool` */
export function warmPoolOf(column: unknown): WarmPool | null {
  return parsed(column) as WarmPool | null
}

/** Null in a column is an absent member of the value. */
function present<Name extends string, Value>(name: Name, value: Value | null): { [K in Name]?: Value } {
  return (value === null ? {} : { [name]: value }) as { [K in Name]?: Value }
}

function parsed(column: unknown): unknown {
  return typeof column === 'string' ? JSON.parse(column) : null
}

/** In the order of `TransitionRow`. */
export const TRANSITION_COLUMNS = 'status, start_time, end_time, message'

/** A row of `TRANSITION_COLUMNS` as an array. */
export type TransitionRow = readonly [
  status: SecondaryStatus,
  startTime: number,
  endTime: number | null,
  message: string,
]

export function transition([status, startTime, endTime, message]: TransitionRow): Transition {
  return endTime === null ? { status, startTime, message } : { status, startTime, message, endTime }
}

/** In the order of `JournalRow`. */
export const JOURNAL_COLUMNS = 'cursor, job_id, kind, time, data'

/** A row of `JOURNAL_COLUMNS` as an array. */
export type JournalRow = readonly [cursor: number, jobId: string, kind: string, time: number, data: string]

export function journalRecord([cursor, jobId, kind, time, data]: JournalRow): JournalRecord {
  return { cursor, jobId, kind, time, data: JSON.parse(data) as JournalRecord['data'] }
}

/** In the order of `SummaryRow`. What is more to be known of a warm pool lies in no index. */
export const SUMMARY_COLUMNS =
  'id, name, status, secondary_status, creation_time, last_modified_time, training_end_time, warm_pool_status'

/** A row of `SUMMARY_COLUMNS` as an array. */
export type SummaryRow = readonly [
  id: string,
  name: string,
  status: TrainingJobStatus,
  secondaryStatus: SecondaryStatus,
  creationTime: number,
  lastModifiedTime: number,
  trainingEndTime: number | null,
  warmPoolStatus: WarmPoolStatus | null,
]

/** @param warmPoolOfJob reads it from the job's row */
export function jobSummary(row: SummaryRow, warmPoolOfJob: (id: string) => WarmPool | null): JobSummary {
  const [id, name, status, secondaryStatus, creationTime, lastModifiedTime, trainingEndTime, warmPoolStatus] = row
  return {
    id,
    name,
    status,
    secondaryStatus,
    creationTime,
    lastModifiedTime,
    ...(trainingEndTime === null ? {} : { trainingEndTime }),
    ...present('warmPool', warmPoolStatus === null ? null : warmPoolOfJob(id)),
  }
}
