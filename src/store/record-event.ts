import type { JobClock } from '../clock/clock.ts'
import { advance, type JobEvent } from '../lifecycle/advance.ts'
import type { JobState } from '../lifecycle/job.ts'
import type { JobRecord, JournalEntry, Store } from './store.ts'

export type Recorded =
  /** Written: `job` is the record as it now is. */
  | { readonly kind: 'recorded'; readonly job: JobRecord }
  | { readonly kind: 'unchanged'; readonly job: JobRecord }
  | { readonly kind: 'refused'; readonly reason: 'terminal' | 'not-allowed'; readonly job: JobRecord }
  | { readonly kind: 'unknown-job' }

export interface EventToRecord {
  readonly jobId: string
  /** The record as it was last seen, which then need not be read; one that has changed since is read again. */
  readonly seen?: JobRecord
  readonly event: JobEvent
  /** The job as the stage saw it whose work has come to this: refused where the job is in another stage, attempt or place by now. */
  readonly stage?: Pick<JobState, 'secondaryStatus' | 'attempt' | 'placement'>
  /** Goes into the journal beside the transitions, in the same transaction. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Makes the next `JobRecord.document` from the one there is; may be called again. */
  readonly update?: (document: string) => string
}

/** The store refuses a change that the lifecycle allows: one of the two is wrong, and asking again would go on for ever. */
export class RecordRefusedError extends Error {
  override readonly name = 'RecordRefusedError'
  readonly code = 'RecordRefused'

  constructor(jobId: string, event: string) {
    super(`The record of job ${jobId} does not take the event ${event}, although nobody else has changed it.`)
  }
}

/**
 * Load, advance, apply, until it holds: a writer that was overtaken looks again at what the job has become (design, rule 2). It ends because every
 * lost race is another writer's progress, and a job has only so many stages.
 *
 * @throws RecordRefusedError, StoreError
 */
export async function recordEvent(store: Store, clock: JobClock, entry: EventToRecord): Promise<Recorded> {
  const quick = entry.seen && (await recordOn(store, clock, entry, entry.seen))
  if (quick?.kind === 'recorded') return quick
  for (let version = -1; ;) {
    const job = await store.job(entry.jobId)
    if (!job) return { kind: 'unknown-job' }
    const recorded = await recordOn(store, clock, entry, job)
    if (recorded) return recorded
    if (job.version === version) throw new RecordRefusedError(job.id, entry.event.kind)
    version = job.version
  }
}

/** @returns undefined where the record is no longer the one that is given */
async function recordOn(
  store: Store,
  clock: JobClock,
  entry: EventToRecord,
  job: JobRecord,
): Promise<Recorded | undefined> {
  if (entry.stage && !isStillIn(entry.stage, job.state)) return { kind: 'refused', reason: 'not-allowed', job }
  const next = advance(job.state, entry.event, clock.now())
  if (next.kind === 'refused') return { kind: 'refused', reason: next.reason, job }
  if (next.kind === 'unchanged') return { kind: 'unchanged', job }
  const changed = entry.update ? { document: entry.update(job.document) } : {}
  const applied = await store.apply({
    ...changed,
    id: job.id,
    expectedVersion: job.version,
    state: next.state,
    transitionsFrom: next.transitionsFrom,
    journal: [journalEntry(entry, next.state)],
  })
  if (!applied) return undefined
  return { kind: 'recorded', job: { ...job, ...changed, state: next.state, version: job.version + 1 } }
}

function isStillIn(stage: NonNullable<EventToRecord['stage']>, state: JobState): boolean {
  return (
    stage.secondaryStatus === state.secondaryStatus &&
    stage.attempt === state.attempt &&
    stage.placement?.since === state.placement?.since
  )
}

function journalEntry(entry: EventToRecord, state: JobState): JournalEntry {
  return {
    kind: entry.event.kind,
    time: state.lastModifiedTime,
    data: {
      status: state.status,
      secondaryStatus: state.secondaryStatus,
      message: state.transitions.at(-1)?.message,
      ...entry.details,
    },
  }
}
