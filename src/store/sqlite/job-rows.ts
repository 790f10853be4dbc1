import type { FinalMetric, JobState, Outcome, StopCause, Transition } from '../../lifecycle/job.ts'
import type { SecondaryStatus, TrainingJobStatus } from '../../lifecycle/status.ts'
import type { JobRecord, JobSummary, WarmPoolStatus } from '../store.ts'

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
    state.attempt,
  ]
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

/** This file is where rows become values: the schema's types and checks stand behind each `as`. */
export function jobRecord(row: Row, transitions: readonly Transition[]): JobRecord {
  return {
    id: row['id'] as string,
    account: row['account'] as string,
    region: row['region'] as string,
    name: row['name'] as string,
    arn: row['arn'] as string,
    version: row['version'] as number,
    request: row['request'] as string,
    document: row['document'] as string,
    state: jobState(row, transitions),
  }
}

function jobState(row: Row, transitions: readonly Transition[]): JobState {
  return {
    status: row['status'] as TrainingJobStatus,
    secondaryStatus: row['secondary_status'] as SecondaryStatus,
    transitions,
    creationTime: row['creation_time'] as number,
    lastModifiedTime: row['last_modified_time'] as number,
    attempt: row['attempt'] as number,
    ...present('trainingStartTime', row['training_start_time'] as number | null),
    ...present('trainingEndTime', row['training_end_time'] as number | null),
    ...present('failureReason', row['failure_reason'] as string | null),
    ...present('modelArtifacts', row['model_artifacts'] as string | null),
    ...present('finalMetrics', parsed(row['final_metrics']) as readonly FinalMetric[] | null),
    ...present('stopCause', row['stop_cause'] as StopCause | null),
    ...present('outcome', parsed(row['outcome']) as Outcome | null),
  }
}

/** Null in a column is an absent member of the value. */
function present<Name extends string, Value>(name: Name, value: Value | null): { [K in Name]?: Value } {
  return (value === null ? {} : { [name]: value }) as { [K in Name]?: Value }
}

function parsed(column: unknown): unknown {
  return typeof column === 'string' ? JSON.parse(column) : null
}

export function transition(row: Row): Transition {
  return {
    status: row['status'] as SecondaryStatus,
    startTime: row['start_time'] as number,
    message: row['message'] as string,
    ...present('endTime', row['end_time'] as number | null),
  }
}

/** In the order of `SummaryRow`. */
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

export function jobSummary(row: SummaryRow): JobSummary {
  const [id, name, status, secondaryStatus, creationTime, lastModifiedTime, trainingEndTime, warmPoolStatus] = row
  return {
    id,
    name,
    status,
    secondaryStatus,
    creationTime,
    lastModifiedTime,
    ...(trainingEndTime === null ? {} : { trainingEndTime }),
    ...(warmPoolStatus === null ? {} : { warmPoolStatus }),
  }
}
