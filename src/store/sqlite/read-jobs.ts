import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { JobRecord, JournalRecord, Scope, UnfinishedJob } from '../store.ts'
import {
  JOB_COLUMNS,
  jobRecord,
  JOURNAL_COLUMNS,
  journalRecord,
  transition,
  TRANSITION_COLUMNS,
  unfinishedJob,
  type JobRow,
  type JournalRow,
  type TransitionRow,
} from './job-rows.ts'

/** Walks `jobs_unfinished`, an index of these jobs alone. Ids are ordered by creation time. Exported for the test that asks for its plan. */
export const UNFINISHED_JOBS = `SELECT id, iif(status = 'Deleting', NULL, placement) AS placement FROM jobs WHERE status = 'InProgress' OR status = 'Stopping' OR status = 'Deleting' ORDER BY id`

/** These walk the indexes of warm pools, which hold those alone. Exported for the test that asks for their plans. */
export const AVAILABLE_POOLS = `SELECT id FROM jobs INDEXED BY jobs_by_available_pool WHERE warm_pool_status = 'Available' ORDER BY id`
export const ANY_POOL = `SELECT 1 FROM jobs INDEXED BY jobs_by_available_pool WHERE account = ? AND warm_pool_status = 'Available' LIMIT 1`
export const MATCHING_POOLS = `SELECT id FROM jobs INDEXED BY jobs_by_available_pool
  WHERE account = ? AND region = ? AND warm_pool_key = ? AND warm_pool_status = 'Available' ORDER BY id`
export const POOL_TAKEN_BY = `SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_by_pool_taker
  WHERE warm_pool ->> '$.by.jobId' = ? AND warm_pool_status = 'Reused'`

/** Of deleted jobs the journal is left: its last entries are the latest but for some that were written together. */
const LATEST_TIME = `SELECT max(
  coalesce((SELECT max(last_modified_time) FROM jobs), 0),
  coalesce((SELECT max(time) FROM (SELECT time FROM journal ORDER BY cursor DESC LIMIT 1000)), 0)) AS time`

/**
 * Point reads of jobs and what hangs on them. A job is two statements, its row and its transitions: they see one state of the record, because
 * nothing else runs between them and nobody else writes.
 */
export class ReadJobs {
  readonly #byId: StatementSync
  readonly #byName: StatementSync
  readonly #madeBy: StatementSync
  readonly #transitions: StatementSync
  readonly #unfinished: StatementSync
  readonly #pools: StatementSync
  readonly #anyPool: StatementSync
  readonly #matchingPools: StatementSync
  readonly #byTaker: StatementSync
  readonly #exists: StatementSync
  readonly #journal: StatementSync
  readonly #journalOfJob: StatementSync
  readonly #latest: StatementSync

  constructor(database: DatabaseSync) {
    this.#byId = database.prepare(`SELECT ${JOB_COLUMNS} FROM jobs WHERE id = ?`)
    this.#byName = database.prepare(
      `SELECT ${JOB_COLUMNS} FROM jobs WHERE account = ? AND region = ? AND name_folded = ?`,
    )
    this.#madeBy = database.prepare('SELECT 1 FROM jobs WHERE id = ? AND repeat_key = ?')
    this.#transitions = database.prepare(`SELECT ${TRANSITION_COLUMNS} FROM transitions WHERE job_id = ? ORDER BY seq`)
    this.#byTaker = database.prepare(POOL_TAKEN_BY)
    for (const rows of [this.#byId, this.#byName, this.#byTaker, this.#transitions]) rows.setReturnArrays(true)
    this.#unfinished = database.prepare(UNFINISHED_JOBS)
    this.#anyPool = database.prepare(ANY_POOL)
    this.#pools = database.prepare(AVAILABLE_POOLS)
    this.#matchingPools = database.prepare(MATCHING_POOLS)
    this.#latest = database.prepare(LATEST_TIME)
    this.#exists = database.prepare('SELECT 1 FROM jobs WHERE id = ?')
    this.#journal = database.prepare(`SELECT ${JOURNAL_COLUMNS} FROM journal WHERE cursor > ? ORDER BY cursor LIMIT ?`)
    this.#journalOfJob = database.prepare(
      `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE job_id = ? AND cursor > ? ORDER BY cursor LIMIT ?`,
    )
    for (const rows of [this.#journal, this.#journalOfJob]) rows.setReturnArrays(true)
  }

  byId(id: string): JobRecord | undefined {
    return this.#record(this.#byId.get(id))
  }

  /** Two names that differ only in case are one name, so the exact one is found as well (behaviour 2.4). */
  byName(scope: Scope, name: string): JobRecord | undefined {
    return this.#record(this.#byName.get(scope.account, scope.region, name.toLowerCase()))
  }

  /** Whether the request of this key made the job. */
  isMadeBy(id: string, repeatKey: string): boolean {
    return this.#madeBy.get(id, repeatKey) !== undefined
  }

  unfinished(): UnfinishedJob[] {
    return this.#unfinished.all().map(unfinishedJob)
  }

  availablePools(matching?: Scope & { readonly key: string }): string[] {
    const rows = matching ? this.#matchingPools.all(matching.account, matching.region, matching.key) : this.#pools.all()
    return rows.map(({ id }) => id as string)
  }

  hasAvailablePool(account: string): boolean {
    return this.#anyPool.get(account) !== undefined
  }

  poolTakenBy(jobId: string): JobRecord | undefined {
    return this.#record(this.#byTaker.get(jobId))
  }

  latestTime(): number {
    return Number(this.#latest.get()?.['time'])
  }

  exists(id: string): boolean {
    return this.#exists.get(id) !== undefined
  }

  journal(query: { readonly jobId?: string; readonly after: number; readonly limit: number }): JournalRecord[] {
    const { jobId, after, limit } = query
    const rows = jobId === undefined ? this.#journal.all(after, limit) : this.#journalOfJob.all(jobId, after, limit)
    return (rows as object[] as JournalRow[]).map(journalRecord)
  }

  /** @param row an array of `JOB_COLUMNS`, whose types the schema keeps; node:sqlite declares objects */
  #record(row: object | undefined): JobRecord | undefined {
    if (!row) return undefined
    const job = row as JobRow
    const transitions = this.#transitions.all(job[0]) as object[] as TransitionRow[]
    return jobRecord(job, transitions.map(transition))
  }
}
