import type { JobState, Transition } from './job.ts'
import { isTerminal, type SecondaryStatus } from './status.ts'

/**
 * `TrainingTimeInSeconds`: both ends are floored to whole seconds before they are subtracted (behaviour 2.2), and it is at least 1, because
 * jobs here can take milliseconds and the v2 SDK divides by it (unknown on AWS).
 *
 * @param now job time, epoch milliseconds; used while the job runs
 * @returns undefined before the first Downloading
 */
export function trainingSeconds(state: JobState, now: number): number | undefined {
  if (state.trainingStartTime === undefined) return undefined
  const end = state.trainingEndTime ?? Math.max(now, state.lastModifiedTime)
  return Math.max(1, floorSeconds(end) - floorSeconds(state.trainingStartTime))
}

/** Stages after the first start in which nothing of the job runs; they are not billed (behaviour 2.2, unknown on AWS). */
const UNBILLED: readonly SecondaryStatus[] = ['Interrupted', 'Restarting', 'Starting', 'Pending']

/** `BillableTimeInSeconds`: only at the end; the training time without the time between attempts. */
export function billableSeconds(state: JobState): number | undefined {
  const { trainingStartTime, trainingEndTime } = state
  if (!isTerminal(state.status) || trainingStartTime === undefined || trainingEndTime === undefined) return undefined
  const between = state.transitions.filter(
    (element) => element.startTime >= trainingStartTime && UNBILLED.includes(element.status),
  )
  const unbilled = Math.floor(total(between, trainingEndTime) / 1000)
  return Math.max(1, floorSeconds(trainingEndTime) - floorSeconds(trainingStartTime) - unbilled)
}

/** Milliseconds that count against MaxRuntimeInSeconds: Downloading and Training, over all attempts (behaviour 8.1, unknown on AWS). */
export function runningMilliseconds(state: JobState, now: number): number {
  const running = state.transitions.filter(({ status }) => status === 'Downloading' || status === 'Training')
  return total(running, Math.max(now, state.lastModifiedTime))
}

/** When the present attempt began, epoch milliseconds: its Starting follows the end of the attempt before it. */
export function attemptBegan({ transitions, creationTime }: JobState): number {
  const between = transitions.findLast(({ status, endTime }) => endTime !== undefined && BETWEEN.includes(status))
  return between?.endTime ?? creationTime
}

const BETWEEN: readonly SecondaryStatus[] = ['Interrupted', 'Restarting']

function total(elements: readonly Transition[], now: number): number {
  return elements.reduce((sum, { startTime, endTime }) => sum + Math.max(0, (endTime ?? now) - startTime), 0)
}

function floorSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
