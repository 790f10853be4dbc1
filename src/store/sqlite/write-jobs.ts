import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Transition } from '../../lifecycle/job.ts'
import { requireEdge } from '../../lifecycle/transitions.ts'
import type { JobChange, JobRecord, JournalEntry, NewJob } from '../store.ts'
import { sharedBeginning, STATE_COLUMNS, stateColumns } from './job-rows.ts'
import type { TagRows } from './tag-rows.ts'

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
  'document_shared',
  'warm_pool_key',
  'repeat_key',
] as const

const INSERT_JOB = `
  INSERT INTO jobs (${[...FIXED_COLUMNS, ...STATE_COLUMNS].join(', ')})
  VALUES (${[...FIXED_COLUMNS, ...STATE_COLUMNS].map(() => '?').join(', ')})`

/**
 * The guarded write (design, rule 2): zero rows changed means that the version has moved on, or that the trigger `jobs_terminal_is_final`
 * ignored the update.
 */
const APPLY_STATE = `
  UPDATE jobs SET version = version + 1, document = coalesce(?1, document), document_shared = iif(?1 IS NULL, document_shared, 0),
    ${STATE_COLUMNS.map((name) => `${name} = ?`).join(', ')}
  WHERE id = ? AND version = ?`

/** The open element gets its end, or its next message. A trigger refuses to change one that has ended. */
const CHANGE_TRANSITION = `
  UPDATE transitions SET end_time = ?, message = ? WHERE job_id = ? AND seq = ? AND status = ? AND start_time = ?`

/** Elements are added, and any change is made that triggers do not refuse; where one is there already, an update costs half as much. */
const PUT_TRANSITION = `
  INSERT INTO transitions (job_id, seq, status, start_time, end_time, message) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (job_id, seq) DO UPDATE SET
    status = excluded.status, start_time = excluded.start_time, end_time = excluded.end_time, message = excluded.message`

/** The statements that write jobs. Each method runs inside a transaction of its caller's. */
export class WriteJobs {
  readonly #insertJob: StatementSync
  readonly #applyState: StatementSync
  readonly #changeTransition: StatementSync
  readonly #putTransition: StatementSync
  readonly #insertJournal: StatementSync
  readonly #tags: TagRows
  readonly #deleteJob: StatementSync

  constructor(database: DatabaseSync, tags: TagRows) {
    this.#insertJob = database.prepare(INSERT_JOB)
    this.#applyState = database.prepare(APPLY_STATE)
    this.#changeTransition = database.prepare(CHANGE_TRANSITION)
    this.#putTransition = database.prepare(PUT_TRANSITION)
    this.#insertJournal = database.prepare('INSERT INTO journal (job_id, kind, time, data) VALUES (?, ?, ?, ?)')
    this.#tags = tags
    this.#deleteJob = database.prepare(`DELETE FROM jobs WHERE id = ? AND status = 'Deleting'`)
  }

  /** @returns the record that is read back from now on */
  insert(job: NewJob): JobRecord {
    const { id, account, region, name, arn, state, request, document } = job
    const version = 1
    const fixed = [id, account, region, name, name.toLowerCase(), arn, version, state.creationTime]
    const shared = sharedBeginning(request, document)
    const texts = [request, document.slice(shared), shared]
    const added = [job.warmPoolKey ?? null, job.repeatKey ?? null]
    this.#insertJob.run(...fixed, ...texts, ...added, ...stateColumns(state))
    this.#putTransitions(id, state.transitions, 0)
    this.#tags.insert(id, job.tags)
    this.appendJournal(id, job.journal)
    return { id, account, region, name, arn, version, state, request, document }
  }

  apply(change: JobChange): boolean {
    const { id, expectedVersion, state, document = null } = change
    const values = [document, ...stateColumns(state)]
    const { changes } = this.#applyState.run(...values, id, expectedVersion)
    if (changes === 0) return false
    this.#changeTransitions(change)
    this.appendJournal(id, change.journal)
    return true
  }

  /** What hangs on a job goes with it, by the schema; the journal stays. */
  delete(id: string, journal: readonly JournalEntry[]): boolean {
    if (this.#deleteJob.run(id).changes === 0) return false
    this.appendJournal(id, journal)
    return true
  }

  appendJournal(jobId: string, entries: readonly JournalEntry[]): void {
    for (const { kind, time, data } of entries) this.#insertJournal.run(jobId, kind, time, JSON.stringify(data))
  }

  /** The first of them is mostly there, the others are not. @throws ForbiddenTransitionError */
  #changeTransitions({ id, state: { transitions }, transitionsFrom }: JobChange): void {
    const first = transitions[transitionsFrom]
    if (!first) return
    const { status, startTime, endTime = null, message } = first
    const { changes } = this.#changeTransition.run(endTime, message, id, transitionsFrom, status, startTime)
    this.#putTransitions(id, transitions, transitionsFrom + Number(changes))
  }

  /** @throws ForbiddenTransitionError */
  #putTransitions(jobId: string, transitions: readonly Transition[], from: number): void {
    for (const [offset, element] of transitions.slice(from).entries()) {
      const { status, startTime, endTime, message } = element
      requireEdge(transitions[from + offset - 1]?.status, status)
      this.#putTransition.run(jobId, from + offset, status, startTime, endTime ?? null, message)
    }
  }
}
