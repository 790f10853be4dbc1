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

interface EventToRecord {
  readonly jobId: string
  readonly event: JobEvent
  /** Goes into the journal beside the transitions, in the same transaction. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * Load, advance, apply, until it holds: a writer that was overtaken looks again at what the job has become (design, rule 2). It ends because every
 * lost race is another writer's progress, and a job has only so many stages.
 */
export async function recordEvent(store: Store, clock: JobClock, entry: EventToRecord): Promise<Recorded> {
  for (;;) {
    const job = await store.job(entry.jobId)
    if (!job) return { kind: 'unknown-job' }
    const next = advance(job.state, entry.event, clock.now())
    if (next.kind === 'refused') return { kind: 'refused', reason: next.reason, job }
    if (next.kind === 'unchanged') return { kind: 'unchanged', job }
    const applied = await store.apply({
      id: job.id,
      expectedVersion: job.version,
      state: next.state,
      transitionsFrom: next.transitionsFrom,
      journal: [journalEntry(entry, next.state)],
    })
    if (applied) return { kind: 'recorded', job: { ...job, state: next.state, version: job.version + 1 } }
  }
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
