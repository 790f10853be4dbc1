/** The statuses of a training job (behaviour 1.1). The retired secondary values are declared nowhere: we never emit them. */

export const TRAINING_JOB_STATUSES = ['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped', 'Deleting'] as const
export type TrainingJobStatus = (typeof TRAINING_JOB_STATUSES)[number]

export const SECONDARY_STATUSES = [
  'Starting',
  'Pending',
  'Downloading',
  'Training',
  'Uploading',
  'Interrupted',
  'Restarting',
  'Stopping',
  'Completed',
  'Failed',
  'Stopped',
  'MaxRuntimeExceeded',
  'MaxWaitTimeExceeded',
] as const
export type SecondaryStatus = (typeof SECONDARY_STATUSES)[number]

export const TERMINAL_SECONDARY_STATUSES = [
  'Completed',
  'Failed',
  'Stopped',
  'MaxRuntimeExceeded',
  'MaxWaitTimeExceeded',
] as const satisfies readonly SecondaryStatus[]
export type TerminalSecondaryStatus = (typeof TERMINAL_SECONDARY_STATUSES)[number]

/** The primary status that goes with each terminal secondary status (behaviour 1.1). */
export const PRIMARY_OF_TERMINAL = {
  Completed: 'Completed',
  Failed: 'Failed',
  Stopped: 'Stopped',
  MaxRuntimeExceeded: 'Stopped',
  MaxWaitTimeExceeded: 'Stopped',
} as const satisfies Record<TerminalSecondaryStatus, TrainingJobStatus>

/** Whether a job with this primary status will never run again. */
export function isTerminal(status: TrainingJobStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Stopped' || status === 'Deleting'
}

export function isTerminalSecondary(status: SecondaryStatus): status is TerminalSecondaryStatus {
  return TERMINAL_SECONDARY_STATUSES.some((terminal) => terminal === status)
}
