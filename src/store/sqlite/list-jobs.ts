import { setImmediate } from 'node:timers/promises'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { JobPage, JobSummary, ListPosition, ListQuery } from '../store.ts'
import { jobSummary, SUMMARY_COLUMNS } from './job-rows.ts'

/** Jobs looked at before other work gets its turn: about 1 ms of this thread. */
const SLICE = 5000

/** Pages of jobs, newest first, by key and never by offset: as fast at a million jobs as at a thousand. */
export class ListJobs {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async page(query: ListQuery): Promise<JobPage> {
    const jobs = query.nameContains === undefined ? this.#rows(query, query.limit + 1) : await this.#containing(query)
    const page = jobs.slice(0, query.limit)
    const last = page.at(-1)
    if (jobs.length <= query.limit || !last) return { jobs: page }
    return { jobs: page, next: { creationTime: last.creationTime, id: last.id } }
  }

  #rows(query: ListQuery, limit: number): JobSummary[] {
    const { where, values } = condition(query)
    const sql = `SELECT ${SUMMARY_COLUMNS} FROM jobs WHERE ${where} ORDER BY creation_time DESC, id DESC LIMIT ?`
    return this.#prepared(sql)
      .all(...values, limit)
      .map(jobSummary)
  }

  /** A name may contain the text anywhere, so names are scanned, in the covering index and in slices between which the event loop turns. */
  async #containing(query: ListQuery): Promise<JobSummary[]> {
    const found: JobSummary[] = []
    let after = query.after
    for (;;) {
      const from = { ...query, ...(after ? { after } : {}) }
      const end = this.#sliceEnd(from)
      found.push(...this.#matching(from, end, query.limit + 1 - found.length))
      if (!end || found.length > query.limit) return found
      after = end
      await setImmediate()
    }
  }

  /** @returns the last job of the next slice; undefined when the slice is the last */
  #sliceEnd(query: ListQuery): ListPosition | undefined {
    const { where, values } = condition(query)
    const sql = `SELECT creation_time, id FROM jobs WHERE ${where} ORDER BY creation_time DESC, id DESC LIMIT 1 OFFSET ${SLICE - 1}`
    const row = this.#prepared(sql).get(...values)
    return row && { creationTime: row['creation_time'] as number, id: row['id'] as string }
  }

  #matching(query: ListQuery, end: ListPosition | undefined, limit: number): JobSummary[] {
    const { where, values } = condition(query)
    const until = end ? ' AND (creation_time, id) >= (?, ?)' : ''
    const bounds = end ? [end.creationTime, end.id] : []
    const sql = `SELECT ${SUMMARY_COLUMNS} FROM jobs WHERE ${where}${until} AND instr(lower(name), ?) > 0
      ORDER BY creation_time DESC, id DESC LIMIT ?`
    const text = (query.nameContains ?? '').toLowerCase()
    return this.#prepared(sql)
      .all(...values, ...bounds, text, limit)
      .map(jobSummary)
  }

  /** One statement for each combination of filters; there are only a few. */
  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

function condition(query: ListQuery): { readonly where: string; readonly values: (string | number)[] } {
  const terms = ['account = ?', 'region = ?']
  const values: (string | number)[] = [query.account, query.region]
  if (query.statusEquals !== undefined) {
    terms.push('status = ?')
    values.push(query.statusEquals)
  }
  if (query.after) {
    terms.push('(creation_time, id) < (?, ?)')
    values.push(query.after.creationTime, query.after.id)
  }
  return { where: terms.join(' AND '), values }
}
