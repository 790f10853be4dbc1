import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { LogStreamQuery, LogStreamRecord, Scope } from '../store.ts'
import type { Row } from './job-rows.ts'

/** The table of log streams. */
export class LogStreamRows {
  readonly #insert: StatementSync
  readonly #byName: StatementSync
  readonly #ofJob: StatementSync
  readonly #ascending: StatementSync
  readonly #descending: StatementSync

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      `INSERT INTO log_streams (account, region, name, job_id, file, creation_time) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, region, name) DO NOTHING`,
    )
    this.#byName = database.prepare('SELECT * FROM log_streams WHERE account = ? AND region = ? AND name = ?')
    this.#ofJob = database.prepare('SELECT * FROM log_streams WHERE job_id = ? ORDER BY name')
    // A prefix is a key range: names from the prefix on, below the prefix followed by the highest code point.
    const range = `account = ? AND region = ? AND name >= ? AND name < ? AND NOT EXISTS (SELECT 1 FROM jobs
      WHERE jobs.id = job_id AND jobs.status NOT IN ('InProgress', 'Stopping') AND jobs.last_modified_time < ?)`
    this.#ascending = database.prepare(`SELECT * FROM log_streams WHERE ${range} AND name > ? ORDER BY name LIMIT ?`)
    this.#descending = database.prepare(
      `SELECT * FROM log_streams WHERE ${range} AND name < ? ORDER BY name DESC LIMIT ?`,
    )
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

  page(query: LogStreamQuery): LogStreamRecord[] {
    const { account, region, prefix, after, descending, activeSince = 0, limit } = query
    const end = `${prefix}${HIGHEST}`
    const rows = descending
      ? this.#descending.all(account, region, prefix, end, activeSince, after ?? end, limit)
      : this.#ascending.all(account, region, prefix, end, activeSince, after ?? '', limit)
    return rows.map(logStream)
  }
}

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
