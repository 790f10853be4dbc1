import { stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { JobClock } from '../clock/clock.ts'
import type { DurableFiles } from '../durable/durable-files.ts'
import type { JobTrace, TracesToDelete, TraceStore } from '../store/trace-store.ts'
import { filesOfStream } from '../telemetry/stream-files.ts'
import { isMissing } from '../util/error-code.ts'

/** How long things stay after the end of their job, in milliseconds of job time; what has no age stays for good. */
export interface RetentionAges {
  /** Log streams. */
  readonly logs?: number | undefined
  /** Entries of the journal. */
  readonly journal?: number | undefined
  /** All that is left of deleted jobs, from their deletion on. */
  readonly jobs?: number | undefined
}

export interface PruneContext {
  readonly store: TraceStore
  /** Absolute path of the folder that stream files are named relative to. */
  readonly logsFolder: string
  readonly durable: Pick<DurableFiles, 'sync'>
  readonly clock: Pick<JobClock, 'now'>
}

export interface PruneOrder {
  readonly ages: RetentionAges
  /** Only look at what would go. */
  readonly dryRun?: boolean | undefined
  /** Between two slices. */
  readonly signal?: AbortSignal
}

/** What went, or would go. */
export interface Pruned {
  readonly logStreams: number
  /** Of their files. */
  readonly logBytes: number
  readonly journalEntries: number
  /** Deleted jobs of which nothing is left by it. */
  readonly deletedJobs: number
}

/** Jobs between two turns of everybody else; each is a few reads of the record. */
const SLICE = 50

export const NOTHING_PRUNED: Pruned = { logStreams: 0, logBytes: 0, journalEntries: 0, deletedJobs: 0 }

export function hasAges(ages: RetentionAges): boolean {
  return Object.values(ages).some((age) => age !== undefined)
}

/**
 * Removes what ended jobs left longer ago than its age. The files of a log stream go before its row: one that a crash leaves without files reads as an empty one, and the next
 * run finishes it. Objects, the rows of jobs, and jobs that have not ended are never touched.
 *
 * @throws StoreError, what the disk refuses, and the signal's reason; what was done until then stays done
 */
export async function prune(context: PruneContext, { ages, dryRun, signal }: PruneOrder): Promise<Pruned> {
  if (!hasAges(ages)) return NOTHING_PRUNED
  const now = context.clock.now()
  const endedBy = now - Math.min(...Object.values(ages).filter((age) => age !== undefined))
  let total = NOTHING_PRUNED
  let after = ''
  for (;;) {
    signal?.throwIfAborted()
    const { traces, next } = await context.store.jobTraces({ endedBy, after, limit: SLICE })
    const due = traces.map((trace) => ({ trace, ...pastTheirTime(trace, ages, now) }))
    total = sum(total, dryRun ? await foresee(context, due) : await remove(context, due))
    if (next === undefined) return total
    after = next
    await setImmediate()
  }
}

/** What of a trace is to go. */
interface Due extends Pick<TracesToDelete, 'logStreams' | 'journal'> {
  readonly trace: JobTrace
}

function pastTheirTime({ time, isDeleted }: JobTrace, ages: RetentionAges, now: number): Omit<Due, 'trace'> {
  const isPast = (age: number | undefined) => age !== undefined && time + age <= now
  const wholly = isDeleted && isPast(ages.jobs)
  return { logStreams: wholly || isPast(ages.logs), journal: wholly || isPast(ages.journal) }
}

async function remove({ store, logsFolder, durable }: PruneContext, due: readonly Due[]): Promise<Pruned> {
  const files = filesOf(due, logsFolder)
  let logBytes = 0
  for (const file of files) logBytes += await removeFile(file)
  // Also where there was none: who removed it may have died before this. Rows that go first would leave files that nobody knows.
  if (files.length > 0) await durable.sync(logsFolder)
  const wanted = due.filter(({ logStreams, journal }) => logStreams || journal)
  // Together, so that they commit together.
  const deleted = await Promise.all(
    wanted.map(({ trace, logStreams, journal }) => store.deleteTraces({ jobId: trace.jobId, logStreams, journal })),
  )
  return deleted.reduce((total, one) => sum(total, { ...one, logBytes: 0, deletedJobs: one.isGone ? 1 : 0 }), {
    ...NOTHING_PRUNED,
    logBytes,
  })
}

/** As `remove` would answer. */
async function foresee({ logsFolder }: PruneContext, due: readonly Due[]): Promise<Pruned> {
  let logBytes = 0
  for (const file of filesOf(due, logsFolder)) logBytes += await sizeOf(file)
  return due.map(foreseen).reduce(sum, { ...NOTHING_PRUNED, logBytes })
}

function foreseen({ trace, logStreams, journal }: Due): Pruned {
  const streams = logStreams ? trace.logStreams.length : 0
  const isWithStreams = streams < trace.logStreams.length
  const last = trace.isDeleted && isWithStreams ? 1 : 0
  const journalEntries = journal ? Math.max(0, trace.journalEntries - last) : 0
  const isGone = trace.isDeleted && !isWithStreams && journalEntries === trace.journalEntries
  return { logStreams: streams, logBytes: 0, journalEntries, deletedJobs: isGone ? 1 : 0 }
}

function filesOf(due: readonly Due[], logsFolder: string): readonly string[] {
  return due
    .filter(({ logStreams }) => logStreams)
    .flatMap(({ trace }) => trace.logStreams.flatMap(({ file }) => filesOfStream(join(logsFolder, file))))
}

/** @returns its bytes */
async function removeFile(file: string): Promise<number> {
  const size = await sizeOf(file)
  await unlink(file).catch(unlessMissing)
  return size
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(unlessMissing))?.size ?? 0
}

function unlessMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined
  throw error
}

function sum(one: Pruned, other: Pruned): Pruned {
  return {
    logStreams: one.logStreams + other.logStreams,
    logBytes: one.logBytes + other.logBytes,
    journalEntries: one.journalEntries + other.journalEntries,
    deletedJobs: one.deletedJobs + other.deletedJobs,
  }
}
