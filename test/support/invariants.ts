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
  ].filter((problem) => problem !== false)
}

/** In words, which are not put together where all is well: a simulation asks a million times. */
type Problem = string | false

function ended(state: JobState): readonly Problem[] {
  const { secondaryStatus, status, transitions, trainingEndTime } = state
  const last = transitions.at(-1)
  return [
    last?.status !== secondaryStatus && 'the last transition is not the secondary status',
    !isTerminalSecondary(secondaryStatus) && `it has not ended: ${secondaryStatus}`,
    isTerminalSecondary(secondaryStatus) &&
      status !== PRIMARY_OF_TERMINAL[secondaryStatus] &&
      status !== 'Deleting' &&
      `${status} does not go with ${secondaryStatus}`,
    isTerminalSecondary(secondaryStatus) &&
      trainingEndTime !== last?.startTime &&
      'TrainingEndTime is not where the last element begins',
  ]
}

/** Every edge is one of the table's, and only the last element is terminal. */
function legal({ transitions }: JobState): readonly Problem[] {
  const followers = transitions.slice(1).map(({ status }, index) => {
    const from = transitions[index]?.status ?? 'Starting'
    return !mayFollow(from, status) && `${from} is followed by ${status}`
  })
  return [transitions[0]?.status !== 'Starting' && 'it does not begin with Starting', ...followers]
}

/** Behaviour 1.2: each ends where the next begins, to the millisecond; the terminal one begins and ends at once. */
function joined({ transitions }: JobState): readonly Problem[] {
  return transitions.flatMap(({ status, startTime, endTime }, index) => [
    endTime !== (transitions[index + 1]?.startTime ?? startTime) &&
      `${status} ends at ${endTime}, not where the next begins`,
    endTime !== undefined && endTime < startTime && `${status} ends before it begins`,
  ])
}

/** Behaviour 2.1. */
function times(state: JobState): readonly Problem[] {
  const { transitions, creationTime, trainingStartTime, trainingEndTime, lastModifiedTime } = state
  const firstDownloading = transitions.find(({ status }) => status === 'Downloading')?.startTime
  return [
    creationTime !== transitions[0]?.startTime && 'CreationTime is not where the first element begins',
    trainingStartTime !== firstDownloading && 'TrainingStartTime is not where the first Downloading begins',
    lastModifiedTime < (trainingEndTime ?? creationTime) && 'LastModifiedTime lies before the end',
  ]
}

const STOPPED: readonly SecondaryStatus[] = ['Stopped', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded']

function reasons(state: JobState): readonly Problem[] {
  const { secondaryStatus, failureReason, stopCause, modelArtifacts, attempt, transitions } = state
  const failed = secondaryStatus === 'Failed'
  const begun = transitions.filter(({ status }) => status === 'Starting').length
  return [
    failed !== (failureReason !== undefined) && `${secondaryStatus} with the failure reason ${failureReason}`,
    STOPPED.includes(secondaryStatus) && stopCause === undefined && 'it was stopped, and nobody asked for it',
    secondaryStatus === 'Completed' && modelArtifacts === undefined && 'it is Completed without an artifact',
    attempt !== begun && `attempt ${attempt}, and Starting was there ${begun} times`,
  ]
}

/** The journal tells the same story: in order, every transition once, and time never goes back. */
function told({ transitions }: JobState, journal: readonly JournalRecord[]): readonly Problem[] {
  const seen: string[] = ['Starting']
  const problems: Problem[] = []
  for (const [index, { cursor, time, kind, data }] of journal.entries()) {
    const before = journal[index - 1]
    problems.push(before !== undefined && cursor <= before.cursor && `the cursor ${cursor} does not grow`)
    problems.push(before !== undefined && time < before.time && `the journal goes back in time with ${kind}`)
    const status = data['secondaryStatus']
    if (typeof status === 'string' && status !== seen.at(-1)) seen.push(status)
  }
  const isSame = seen.length === transitions.length && transitions.every(({ status }, index) => status === seen[index])
  const statuses = () => transitions.map(({ status }) => status).join(', ')
  return [...problems, !isSame && `the journal tells ${seen.join(', ')}, the record ${statuses()}`]
}
