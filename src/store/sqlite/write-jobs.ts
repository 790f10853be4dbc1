import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Transition } from '../../lifecycle/job.ts'
import type { JobChange, JournalEntry, NewJob } from '../store.ts'
import { STATE_COLUMNS, stateColumns } from './job-rows.ts'

/** The statements that write jobs. Each method runs inside a transaction of its caller's. */
export class WriteJobs {
  readonly #insertJob: StatementSync
  readonly #applyState: StatementSync
  readonly #putTransition: StatementSync
  readonly #insertJournal: StatementSync
  readonly #insertTag: StatementSync
  readonly #insertRepeat: StatementSync

  constructor(database: DatabaseSync) {
    const state = STATE_COLUMNS.join(', ')
    const fixed = 'id, account, region, name, name_folded, arn, version, request, document'
    const places = Array.from({ length: 9 + STATE_COLUMNS.length }, () => '?').join(', ')
    this.#insertJob = database.prepare(`INSERT INTO jobs (${fixed}, ${state}) VALUES (${places})`)
    // Guarded by the version; the trigger guards terminal jobs as well. Zero rows changed is a normal outcome.
    this.#applyState = database.prepare(
      `UPDATE jobs SET version = version + 1, ${STATE_COLUMNS.map((name) => `${name} = ?`).join(', ')} WHERE id = ? AND version = ?`,
    )
    this.#putTransition = database.prepare(
      `INSERT INTO transitions (job_id, seq, status, start_time, end_time, message) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (job_id, seq) DO UPDATE SET status = excluded.status, end_time = excluded.end_time, message = excluded.message`,
    )
    this.#insertJournal = database.prepare('INSERT INTO journal (job_id, kind, time, data) VALUES (?, ?, ?, ?)')
    this.#insertTag = database.prepare('INSERT INTO tags (job_id, key, value) VALUES (?, ?, ?)')
    this.#insertRepeat = database.prepare('INSERT OR REPLACE INTO repeats (repeat_key, job_id) VALUES (?, ?)')
  }

  insert(job: NewJob): void {
    const { id, account, region, name, arn, request, document } = job
    const fixed = [id, account, region, name, name.toLowerCase(), arn, 1, request, document]
    this.#insertJob.run(...fixed, ...stateColumns(job.state))
    this.#putTransitions(id, job.state.transitions, 0)
    for (const { key, value } of job.tags) this.#insertTag.run(id, key, value)
    if (job.repeatKey !== undefined) this.#insertRepeat.run(job.repeatKey, id)
    this.appendJournal(id, job.journal)
  }

  apply(change: JobChange): boolean {
    const { changes } = this.#applyState.run(...stateColumns(change.state), change.id, change.expectedVersion)
    if (changes === 0) return false
    this.#putTransitions(change.id, change.state.transitions, change.transitionsFrom)
    this.appendJournal(change.id, change.journal)
    return true
  }

  appendJournal(jobId: string, entries: readonly JournalEntry[]): void {
    for (const { kind, time, data } of entries) this.#insertJournal.run(jobId, kind, time, JSON.stringify(data))
  }

  #putTransitions(jobId: string, transitions: readonly Transition[], from: number): void {
    for (const [offset, element] of transitions.slice(from).entries()) {
      const { status, startTime, endTime, message } = element
      this.#putTransition.run(jobId, from + offset, status, startTime, endTime ?? null, message)
    }
  }
}
