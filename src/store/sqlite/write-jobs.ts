import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { JobState, Transition } from '../../lifecycle/job.ts'
import { isTerminal } from '../../lifecycle/status.ts'
import type { JobChange, JournalEntry, NewJob, WarmPoolStatus } from '../store.ts'
import { STATE_COLUMNS, stateColumns } from './job-rows.ts'

const FIXED_COLUMNS = [
  'id',
  'account',
  'region',
  'name',
  'name_folded',
  'arn',
  'version',
  'creation_time',
  'request',
  'document',
  'warm_pool_status',
] as const

const INSERT_JOB = `
  INSERT INTO jobs (${[...FIXED_COLUMNS, ...STATE_COLUMNS].join(', ')})
  VALUES (${[...FIXED_COLUMNS, ...STATE_COLUMNS].map(() => '?').join(', ')})`

/**
 * The guarded write (design, rule 2): zero rows changed means that the version has moved on, or that the trigger `jobs_terminal_is_final`
 * ignored the update.
 */
const APPLY_STATE = `
  UPDATE jobs SET version = version + 1, warm_pool_status = iif(warm_pool_status IS NULL, NULL, ?), ${STATE_COLUMNS.map((name) => `${name} = ?`).join(', ')}
  WHERE id = ? AND version = ?`

/** New elements are added; the one before gets its end, or an open one its next message. Triggers refuse any other change. */
const PUT_TRANSITION = `
  INSERT INTO transitions (job_id, seq, status, start_time, end_time, message) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (job_id, seq) DO UPDATE SET
    status = excluded.status, start_time = excluded.start_time, end_time = excluded.end_time, message = excluded.message`

/** The statements that write jobs. Each method runs inside a transaction of its caller's. */
export class WriteJobs {
  readonly #insertJob: StatementSync
  readonly #applyState: StatementSync
  readonly #putTransition: StatementSync
  readonly #insertJournal: StatementSync
  readonly #insertTag: StatementSync
  readonly #insertRepeat: StatementSync

  constructor(database: DatabaseSync) {
    this.#insertJob = database.prepare(INSERT_JOB)
    this.#applyState = database.prepare(APPLY_STATE)
    this.#putTransition = database.prepare(PUT_TRANSITION)
    this.#insertJournal = database.prepare('INSERT INTO journal (job_id, kind, time, data) VALUES (?, ?, ?, ?)')
    this.#insertTag = database.prepare('INSERT INTO tags (job_id, key, value) VALUES (?, ?, ?)')
    this.#insertRepeat = database.prepare('INSERT INTO repeats (repeat_key, job_id) VALUES (?, ?)')
  }

  insert(job: NewJob): void {
    const { id, account, region, name, arn, state, request, document } = job
    const fixed = [id, account, region, name, name.toLowerCase(), arn, 1, state.creationTime, request, document]
    this.#insertJob.run(...fixed, job.asksForWarmPool ? warmPoolStatus(state) : null, ...stateColumns(state))
    this.#putTransitions(id, state.transitions, 0)
    for (const { key, value } of job.tags) this.#insertTag.run(id, key, value)
    if (job.repeatKey !== undefined) this.#insertRepeat.run(job.repeatKey, id)
    this.appendJournal(id, job.journal)
  }

  apply(change: JobChange): boolean {
    const { id, expectedVersion, state } = change
    const { changes } = this.#applyState.run(warmPoolStatus(state), ...stateColumns(state), id, expectedVersion)
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

function warmPoolStatus({ status }: JobState): WarmPoolStatus {
  return isTerminal(status) ? 'Terminated' : 'InUse'
}
