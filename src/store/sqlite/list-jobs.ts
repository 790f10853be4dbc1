import { setImmediate } from 'node:timers/promises'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { JobPage, JobSummary, ListPosition, ListQuery } from '../store.ts'
import { jobSummary, SUMMARY_COLUMNS, type SummaryRow } from './job-rows.ts'

/**
 * The statements of the lists. Each is one range of `jobs_by_creation`, or of `jobs_by_status` when `of` names a status, and touches nothing
 * else, so that a page costs the same at a thousand jobs and at a million.
 */
function listStatements(of: string) {
  const range = `FROM jobs WHERE account = :account AND region = :region${of} AND (creation_time, id) < (:time, :id)`
  const newestFirst = 'ORDER BY creation_time DESC, id DESC'
  return {
    /** A page after a position. */
    page: `SELECT ${SUMMARY_COLUMNS} ${range} ${newestFirst} LIMIT :limit`,
    /** The last job of the slice after a position: where the next one begins. */
    sliceEnd: `SELECT creation_time, id ${range} ${newestFirst} LIMIT 1 OFFSET :slice - 1`,
    /** The jobs of a slice whose name contains a text. Names are ASCII, by the model's pattern, and lower() is made for that. */
    matching: `SELECT ${SUMMARY_COLUMNS} ${range} AND (creation_time, id) >= (:endTime, :endId)
      AND instr(lower(name), :text) > 0 ${newestFirst} LIMIT :limit`,
  } as const
}

/** Exported for the test that asks SQLite for their plans. */
export const LIST_STATEMENTS = { any: listStatements(''), status: listStatements(' AND status = :status') } as const

type Prepared = Record<keyof ReturnType<typeof listStatements>, StatementSync>

/** Before the first job of any list, and after the last. */
const START: ListPosition = { creationTime: Number.MAX_SAFE_INTEGER, id: '' }
const END: ListPosition = { creationTime: Number.MIN_SAFE_INTEGER, id: '' }

/** Jobs looked at before other work gets its turn: 0.2 to 0.6 ms of this thread at a million jobs. */
const SLICE = 2000

/** Pages of jobs, newest first, by key and never by offset. */
export class ListJobs {
  readonly #any: Prepared
  readonly #ofStatus: Prepared

  constructor(database: DatabaseSync) {
    this.#any = prepare(database, LIST_STATEMENTS.any)
    this.#ofStatus = prepare(database, LIST_STATEMENTS.status)
  }

  async page(query: ListQuery): Promise<JobPage> {
    // One more than asked for tells whether there is another page.
    const limit = query.limit + 1
    const { after = START, nameContains } = query
    const found = nameContains === undefined ? this.#rows(query, after, limit) : await this.#scan(query, after, limit)
    const jobs = found.slice(0, query.limit)
    const last = jobs.at(-1)
    if (found.length <= query.limit || !last) return { jobs }
    return { jobs, next: { creationTime: last.creationTime, id: last.id } }
  }

  #rows(query: ListQuery, after: ListPosition, limit: number): JobSummary[] {
    return summaries(this.#statements(query).page, { ...rangeOf(query, after), limit })
  }

  /**
   * A name may contain the text anywhere, so all names are looked at (0.2 to 0.4 s for a million), in slices between which the event loop
   * turns: nobody else waits longer than for one slice.
   */
  async #scan(query: ListQuery, from: ListPosition, limit: number): Promise<JobSummary[]> {
    const found: JobSummary[] = []
    for (let after = from; ;) {
      const end = this.#sliceEnd(query, after)
      found.push(...this.#matching(query, { after, end: end ?? END, limit: limit - found.length }))
      if (!end || found.length === limit) return found
      after = end
      await setImmediate()
    }
  }

  /** @returns undefined when fewer jobs than a slice are left */
  #sliceEnd(query: ListQuery, after: ListPosition): ListPosition | undefined {
    const row = this.#statements(query).sliceEnd.get({ ...rangeOf(query, after), slice: SLICE })
    if (!row) return undefined
    const [creationTime, id] = Object.values(row) as [number, string]
    return { creationTime, id }
  }

  #matching(
    query: ListQuery,
    slice: { readonly after: ListPosition; readonly end: ListPosition; readonly limit: number },
  ): JobSummary[] {
    const { after, end, limit } = slice
    const text = (query.nameContains ?? '').toLowerCase()
    const values = { ...rangeOf(query, after), endTime: end.creationTime, endId: end.id, text, limit }
    return summaries(this.#statements(query).matching, values)
  }

  #statements(query: ListQuery): Prepared {
    return query.statusEquals === undefined ? this.#any : this.#ofStatus
  }
}

type Values = Readonly<Record<string, string | number>>

function rangeOf(query: ListQuery, after: ListPosition): Values {
  const { account, region, statusEquals } = query
  const range = { account, region, time: after.creationTime, id: after.id }
  return statusEquals === undefined ? range : { ...range, status: statusEquals }
}

function summaries(statement: StatementSync, values: Values): JobSummary[] {
  const rows: unknown = statement.all(values)
  return (rows as SummaryRow[]).map(jobSummary)
}

function prepare(database: DatabaseSync, statements: ReturnType<typeof listStatements>): Prepared {
  const [page, matching] = [database.prepare(statements.page), database.prepare(statements.matching)]
  // Rows as arrays make a page of a hundred a quarter cheaper than rows as objects (0.07 against 0.10 ms).
  for (const statement of [page, matching]) statement.setReturnArrays(true)
  return { page, matching, sliceEnd: database.prepare(statements.sliceEnd) }
}
