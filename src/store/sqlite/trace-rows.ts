import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { JobTrace, JobTracePage, JobTracesQuery, TracesDeleted, TracesToDelete } from '../trace-store.ts'
import type { LogStreamRows } from './log-stream-rows.ts'

/** One step along both indexes, whatever lies between. */
const NEXT_JOB = `SELECT min(id) AS id FROM (
  SELECT min(job_id) AS id FROM journal WHERE job_id > ?1 UNION ALL SELECT min(job_id) FROM log_streams WHERE job_id > ?1)`

/** No row for a job that was deleted. A job that has ended by any way has an end; it is never changed. */
const STATE = `SELECT status IN ('Completed', 'Failed', 'Stopped') AS has_ended, coalesce(training_end_time, last_modified_time) AS time
  FROM jobs WHERE id = ?`

const JOURNAL = `SELECT count(*) AS entries, total(kind = 'created') AS created, max(time) AS time FROM journal WHERE job_id = ?`

const NOTHING: TracesDeleted = { logStreams: 0, journalEntries: 0, isGone: false }

/** What the tables of log streams and of the journal keep of jobs that are over. `delete` runs inside a transaction of its caller's. */
export class TraceRows {
  readonly #streams: LogStreamRows
  readonly #nextJob: StatementSync
  readonly #state: StatementSync
  readonly #journal: StatementSync
  readonly #deleteStreams: StatementSync
  readonly #deleteJournal: Readonly<Record<'all' | 'all-but-created' | 'all-but-last', StatementSync>>

  constructor(database: DatabaseSync, streams: LogStreamRows) {
    this.#streams = streams
    this.#nextJob = database.prepare(NEXT_JOB)
    this.#state = database.prepare(STATE)
    this.#journal = database.prepare(JOURNAL)
    this.#deleteStreams = database.prepare('DELETE FROM log_streams WHERE job_id = ?')
    const ofJob = 'DELETE FROM journal WHERE job_id = ?1'
    this.#deleteJournal = {
      all: database.prepare(ofJob),
      'all-but-created': database.prepare(`${ofJob} AND kind <> 'created'`),
      'all-but-last': database.prepare(`${ofJob} AND cursor < (SELECT max(cursor) FROM journal WHERE job_id = ?1)`),
    }
  }

  page({ endedBy, after = '', limit }: JobTracesQuery): JobTracePage {
    const traces: JobTrace[] = []
    let jobId = after
    for (let looked = 0; looked < limit; looked++) {
      const next = this.#nextJob.get(jobId)?.['id']
      if (typeof next !== 'string') return { traces }
      jobId = next
      const trace = this.#trace(jobId, endedBy)
      if (trace) traces.push(trace)
    }
    return { traces, next: jobId }
  }

  delete({ jobId, logStreams, journal }: TracesToDelete): TracesDeleted {
    const state = this.#state.get(jobId)
    if (state && state['has_ended'] !== 1) return NOTHING
    const streams = logStreams ? Number(this.#deleteStreams.run(jobId).changes) : 0
    const isWithStreams = this.#streams.ofJob(jobId).length > 0
    const which = state ? 'all-but-created' : isWithStreams ? 'all-but-last' : 'all'
    const entries = journal ? Number(this.#deleteJournal[which].run(jobId).changes) : 0
    const isGone = !state && !isWithStreams && this.#journal.get(jobId)?.['entries'] === 0
    return { logStreams: streams, journalEntries: entries, isGone }
  }

  #trace(jobId: string, endedBy: number): JobTrace | undefined {
    const state = this.#state.get(jobId)
    if (state && (state['has_ended'] !== 1 || Number(state['time']) > endedBy)) return undefined
    const journal = this.#journal.get(jobId)
    const logStreams = this.#streams.ofJob(jobId)
    const journalEntries = Number(journal?.['entries']) - (state ? Number(journal?.['created']) : 0)
    if (logStreams.length === 0 && journalEntries === 0) return undefined
    // The last entry of a deleted job is that it was.
    const deletedAt = journal?.['time'] ?? Math.max(...logStreams.map(({ creationTime }) => creationTime))
    const time = Number(state ? state['time'] : deletedAt)
    return time > endedBy ? undefined : { jobId, time, isDeleted: !state, logStreams, journalEntries }
  }
}
