import type { SecondaryStatus } from '../lifecycle/status.ts'
import type { JobRecord, JournalEntry } from '../store/store.ts'
import { PLANNED, REHEARSED } from './job-rehearsal.ts'
import { parseRehearsal } from './parse-rehearsal.ts'
import { SIGNALLED } from './rehearsed-instance.ts'
import { resumptions, type Resumption } from './resumption.ts'

/** The kind of the journal's entry that holds the report of a rehearsal once its job is over. */
export const REPORTED = 'rehearsal-report'

/** What came of a rehearsal, up to now while its job runs. Times are epoch milliseconds of job time. */
export interface RehearsalReport {
  readonly plan: string
  readonly injections: readonly ReportedInjection[]
  readonly stages: readonly {
    readonly status: SecondaryStatus
    readonly startTime: number
    /** Absent while it lasts. */
    readonly tookMs?: number
  }[]
  readonly signals: readonly ReportedSignal[]
  readonly resumptions: readonly Resumption[]
}

export interface ReportedInjection {
  readonly text: string
  readonly made: readonly { readonly time: number; readonly attempt: number; readonly stage: string }[]
}

/** What became of the SIGTERM of one host. */
export interface ReportedSignal {
  readonly time: number
  readonly host: string
  readonly attempt: number
  /** Whether the command ended before SIGKILL. */
  readonly answered: boolean
  /** Whether the rehearsal kept SIGTERM from it. */
  readonly withheld: boolean
  readonly tookMs: number
}

/** @param journal of the job, in order @returns undefined for a job without a rehearsal */
export async function rehearsalReport(
  job: JobRecord,
  journal: readonly JournalEntry[],
  logsFolder: string,
): Promise<RehearsalReport | undefined> {
  const plan = journal.find(({ kind }) => kind === PLANNED)?.data['plan']
  if (typeof plan !== 'string') return undefined
  const made = journal.filter(({ kind }) => kind === REHEARSED)
  const injections = parseRehearsal(plan).injections.map(({ text }, index) => ({
    text,
    made: made.filter(({ data }) => data['index'] === index).map(madeOf),
  }))
  const stages = job.state.transitions.map(({ status, startTime, endTime }) => ({
    status,
    startTime,
    ...(endTime === undefined ? {} : { tookMs: endTime - startTime }),
  }))
  const signals = journal.filter(({ kind }) => kind === SIGNALLED).map(signalOf)
  return { plan, injections, stages, signals, resumptions: await resumptions(job, logsFolder) }
}

function madeOf({ time, data }: JournalEntry): ReportedInjection['made'][number] {
  return { time, attempt: Number(data['attempt']), stage: String(data['stage']) }
}

function signalOf({ time, data }: JournalEntry): ReportedSignal {
  return { time, ...(data as Omit<ReportedSignal, 'time'>) }
}
