import type { JobClock } from '../clock/clock.ts'
import { isTerminal } from '../lifecycle/status.ts'
import type { JobChange, JournalEntry, Store } from '../store/store.ts'
import { overriding } from '../util/overriding.ts'
import type { Rehearsals } from './rehearsals.ts'
import { rehearsalReport, REPORTED } from './report.ts'

interface Parts {
  readonly rehearsals: Rehearsals
  readonly clock: JobClock
  readonly logsFolder: string
}

const LONGEST_JOURNAL = 1000

/** Tells the rehearsals of what is recorded, and writes the report of a rehearsal with the job's end, in the same transaction. */
export function rehearsedStore(store: Store, parts: Parts): Store {
  const { rehearsals } = parts
  return overriding(store, {
    async insertJob(job) {
      const result = await store.insertJob(job)
      if (result.kind === 'inserted') await rehearsals.begin(job.id, job.state)
      return result
    },
    async apply(change) {
      const rehearsal = isTerminal(change.state.status) ? await rehearsals.of(change.id) : undefined
      const report = rehearsal ? await reportOf(store, change, parts) : []
      const applied = await store.apply({ ...change, journal: [...change.journal, ...report] })
      if (applied) await rehearsals.observe(change.id, change.state)
      return applied
    },
  })
}

async function reportOf(store: Store, change: JobChange, { clock, logsFolder }: Parts): Promise<JournalEntry[]> {
  const job = await store.job(change.id)
  if (!job) return []
  const journal = await store.journal({ jobId: change.id, after: 0, limit: LONGEST_JOURNAL })
  const data = await rehearsalReport({ ...job, state: change.state }, journal, logsFolder)
  return data ? [{ kind: REPORTED, time: clock.now(), data: { ...data } }] : []
}
