import type { JobState } from '../../src/lifecycle/job.ts'
import { isTerminalSecondary, PRIMARY_OF_TERMINAL, type SecondaryStatus } from '../../src/lifecycle/status.ts'
import { mayFollow } from '../../src/lifecycle/transitions.ts'
import type { JobRecord, JournalRecord } from '../../src/store/store.ts'

/**
 * What must be true of every job that is over, whatever happened to it and to its server: the one list that the crash tests and the simulation check.
 *
 * @param journal of this job, from its first entry
 * @returns what is broken, in words; nothing where all holds
 */
export function brokenInvariants({ state }: Pick<JobRecord, 'state'>, journal: readonly JournalRecord[]): string[] {
  return [
    ...ended(state),
    ...legal(state),
    ...joined(state),
    ...times(state),
    ...reasons(state),
    ...told(state, journal),
  ]
}

function* when(broken: boolean, text: string): Generator<string> {
  if (broken) yield text
}

function* ended(state: JobState): Generator<string> {
  const { secondaryStatus, status, transitions, trainingEndTime } = state
  yield* when(transitions.at(-1)?.status !== secondaryStatus, 'the last transition is not the secondary status')
  if (!isTerminalSecondary(secondaryStatus)) {
    yield `it has not ended: ${secondaryStatus}`
    return
  }
  yield* when(
    status !== PRIMARY_OF_TERMINAL[secondaryStatus] && status !== 'Deleting',
    `${status} does not go with ${secondaryStatus}`,
  )
  yield* when(trainingEndTime !== transitions.at(-1)?.startTime, 'TrainingEndTime is not where the last element begins')
}

/** Every edge is one of the table's, and only the last element is terminal. */
function* legal({ transitions }: JobState): Generator<string> {
  yield* when(transitions[0]?.status !== 'Starting', 'it does not begin with Starting')
  for (const [index, { status }] of transitions.slice(1).entries()) {
    const from = transitions[index]?.status ?? 'Starting'
    yield* when(!mayFollow(from, status), `${from} is followed by ${status}`)
  }
}

/** Behaviour 1.2: each ends where the next begins, to the millisecond; the terminal one begins and ends at once. */
function* joined({ transitions }: JobState): Generator<string> {
  for (const [index, { status, startTime, endTime }] of transitions.entries()) {
    const next = transitions[index + 1]
    yield* when(
      endTime !== (next ?? { startTime }).startTime,
      `${status} ends at ${endTime}, not where the next begins`,
    )
    yield* when(endTime !== undefined && endTime < startTime, `${status} ends before it begins`)
  }
}

/** Behaviour 2.1. */
function* times(state: JobState): Generator<string> {
  const { transitions, creationTime, trainingStartTime, trainingEndTime, lastModifiedTime } = state
  const firstDownloading = transitions.find(({ status }) => status === 'Downloading')?.startTime
  yield* when(creationTime !== transitions[0]?.startTime, 'CreationTime is not where the first element begins')
  yield* when(trainingStartTime !== firstDownloading, 'TrainingStartTime is not where the first Downloading begins')
  yield* when(lastModifiedTime < (trainingEndTime ?? creationTime), 'LastModifiedTime lies before the end')
}

const STOPPED: readonly SecondaryStatus[] = ['Stopped', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded']

function* reasons(state: JobState): Generator<string> {
  const { secondaryStatus, failureReason, stopCause, modelArtifacts, attempt, transitions } = state
  const failed = secondaryStatus === 'Failed'
  yield* when(failed !== (failureReason !== undefined), `${secondaryStatus} with the failure reason ${failureReason}`)
  yield* when(STOPPED.includes(secondaryStatus) && stopCause === undefined, 'it was stopped, and nobody asked for it')
  yield* when(secondaryStatus === 'Completed' && modelArtifacts === undefined, 'it is Completed without an artifact')
  const begun = transitions.filter(({ status }) => status === 'Starting').length
  yield* when(attempt !== begun, `attempt ${attempt}, and Starting was there ${begun} times`)
}

/** The journal tells the same story: in order, every transition once, and time never goes back. */
function* told({ transitions }: JobState, journal: readonly JournalRecord[]): Generator<string> {
  const seen: string[] = ['Starting']
  let last: JournalRecord | undefined
  for (const entry of journal) {
    yield* when(last !== undefined && entry.cursor <= last.cursor, `the cursor ${entry.cursor} does not grow`)
    yield* when(last !== undefined && entry.time < last.time, `the journal goes back in time with ${entry.kind}`)
    last = entry
    const status = entry.data['secondaryStatus']
    if (typeof status === 'string' && status !== seen.at(-1)) seen.push(status)
  }
  const statuses = transitions.map(({ status }) => status).join(', ')
  yield* when(seen.join(', ') !== statuses, `the journal tells ${seen.join(', ')}, the record ${statuses}`)
}
