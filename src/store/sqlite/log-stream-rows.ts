import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { LogStreamQuery, LogStreamRecord, Scope } from '../store.ts'
import type { Row } from './job-rows.ts'
import { walkInSlices } from './walk-in-slices.ts'

/** The table of log streams. */
export class LogStreamRows {
  readonly #insert: StatementSync
  readonly #byName: StatementSync
  readonly #ofJob: StatementSync
  readonly #ascending: Order
  readonly #descending: Order

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      `INSERT INTO log_streams (account, region, name, job_id, file, creation_time) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, region, name) DO NOTHING`,
    )
    this.#byName = database.prepare('SELECT * FROM log_streams WHERE account = ? AND region = ? AND name = ?')
    this.#ofJob = database.prepare('SELECT * FROM log_streams WHERE job_id = ? ORDER BY name')
    const range = 'account = ? AND region = ? AND name >= ? AND name < ?'
    const active = `NOT EXISTS (SELECT 1 FROM jobs
      WHERE jobs.id = job_id AND jobs.status NOT IN ('InProgress', 'Stopping') AND jobs.last_modified_time < ?)`
    const order = (direction: string) => ({
      page: database.prepare(
        `SELECT * FROM log_streams WHERE ${range} AND ${active} ORDER BY name ${direction} LIMIT ?`,
      ),
      sliceEnd: database.prepare(
        `SELECT name FROM log_streams WHERE ${range} ORDER BY name ${direction} LIMIT 1 OFFSET ${SLICE - 1}`,
      ),
    })
    this.#ascending = order('ASC')
    this.#descending = order('DESC')
  }

  insert(stream: LogStreamRecord): void {
    const { account, region, name, jobId, file, creationTime } = stream
    this.#insert.run(account, region, name, jobId, file, creationTime)
  }

  byName(scope: Scope, name: string): LogStreamRecord | undefined {
    const row = this.#byName.get(scope.account, scope.region, name)
    return row && logStream(row)
  }

  ofJob(jobId: string): LogStreamRecord[] {
    return this.#ofJob.all(jobId).map(logStream)
  }

  /** Streams of jobs that ended long ago may be many: nobody else waits longer than for one slice of them. */
  async page(query: LogStreamQuery): Promise<LogStreamRecord[]> {
    const { account, region, descending = false, activeSince = 0, limit } = query
    const order = descending ? this.#descending : this.#ascending
    return walkInSlices(rangeOf(query), limit, (range, most) => {
      const end = activeSince > 0 ? order.sliceEnd.get(account, region, range.from, range.to)?.['name'] : undefined
      const { now, later } = typeof end === 'string' ? cut(range, end, descending) : { now: range, later: undefined }
      const rows = order.page.all(account, region, now.from, now.to, activeSince, most).map(logStream)
      return { rows, next: later }
    })
  }
}

/** The statements of one direction. */
interface Order {
  readonly page: StatementSync
  readonly sliceEnd: StatementSync
}

/** Names from one on, below another. */
interface NameRange {
  readonly from: string
  readonly to: string
}

/** A prefix is a key range: names from the prefix on, below the prefix followed by the highest code point. */
function rangeOf({ prefix, after, descending = false }: LogStreamQuery): NameRange {
  const all = { from: prefix, to: `${prefix}${HIGHEST}` }
  if (after === undefined) return all
  return cut(all, after, descending).later
}

/** @param end a name in the range, the last of what is had now */
function cut(
  { from, to }: NameRange,
  end: string,
  descending: boolean,
): { readonly now: NameRange; readonly later: NameRange } {
  if (descending) return { now: { from: end, to }, later: { from, to: end } }
  return { now: { from, to: nextName(end) }, later: { from: nextName(end), to } }
}

/** No name is between the two. */
function nextName(name: string): string {
  return `${name}\0`
}

/** Streams looked at before other work gets its turn; their jobs are looked up one by one. */
const SLICE = 500

/** Sorts after every name: SQLite compares text by its UTF-8 bytes. */
const HIGHEST = '\u{10FFFF}'

function logStream(row: Row): LogStreamRecord {
  return {
    account: row['account'] as string,
    region: row['region'] as string,
    name: row['name'] as string,
    jobId: row['job_id'] as string,
    file: row['file'] as string,
    creationTime: row['creation_time'] as number,
  }
}
