import type { DatabaseSync } from 'node:sqlite'
import { GroupCommit } from '../../sqlite/group-commit.ts'
import { migrate } from '../../sqlite/migrate.ts'
import { openDatabase } from '../../sqlite/open-database.ts'
import type {
  InsertResult,
  JobChange,
  JobPage,
  JobRecord,
  JournalEntry,
  JournalRecord,
  ListQuery,
  LogStreamQuery,
  LogStreamRecord,
  NewJob,
  Scope,
  Store,
} from '../store.ts'
import { ListJobs } from './list-jobs.ts'
import { LogStreamRows } from './log-stream-rows.ts'
import { sqliteMigrations } from './migrations.ts'
import { ReadJobs } from './read-jobs.ts'
import { storeError } from './store-error.ts'
import { WriteJobs } from './write-jobs.ts'

/**
 * Opens or makes the record of a data folder.
 *
 * @param options.path absolute path of the database
 * @throws NewerSchemaError, StoreError
 */
export async function openSqliteStore(options: { readonly path: string }): Promise<Store> {
  try {
    const database = openDatabase(options.path)
    migrate(database, sqliteMigrations())
    return new SqliteStore(database)
  } catch (error) {
    throw storeError(error)
  }
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync
  readonly #commits: GroupCommit
  readonly #write: WriteJobs
  readonly #read: ReadJobs
  readonly #list: ListJobs
  readonly #streams: LogStreamRows

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#commits = new GroupCommit(database)
    this.#write = new WriteJobs(database)
    this.#read = new ReadJobs(database)
    this.#list = new ListJobs(database)
    this.#streams = new LogStreamRows(database)
  }

  insertJob(job: NewJob): Promise<InsertResult> {
    return this.#durably(() => {
      const repeated = job.repeatKey === undefined ? undefined : this.#read.byRepeat(job.repeatKey)
      if (repeated) return { kind: 'repeated', job: repeated }
      const taken = this.#read.byName(job, job.name)
      if (taken) return { kind: 'name-taken', job: taken }
      this.#write.insert(job)
      return { kind: 'inserted' }
    })
  }

  async job(id: string): Promise<JobRecord | undefined> {
    return this.#read.byId(id)
  }

  async jobByName(scope: Scope, name: string): Promise<JobRecord | undefined> {
    return this.#read.byName(scope, name)
  }

  apply(change: JobChange): Promise<boolean> {
    return this.#durably(() => this.#write.apply(change))
  }

  listJobs(query: ListQuery): Promise<JobPage> {
    return this.#list.page(query)
  }

  async unfinishedJobs(): Promise<readonly string[]> {
    return this.#read.unfinished()
  }

  appendJournal(jobId: string, entries: readonly JournalEntry[]): Promise<void> {
    return this.#durably(() => this.#write.appendJournal(jobId, entries))
  }

  async journal(query: {
    readonly jobId?: string
    readonly after: number
    readonly limit: number
  }): Promise<readonly JournalRecord[]> {
    return this.#read.journal(query)
  }

  insertLogStream(stream: LogStreamRecord): Promise<void> {
    return this.#durably(() => this.#streams.insert(stream))
  }

  async logStream(scope: Scope, name: string): Promise<LogStreamRecord | undefined> {
    return this.#streams.byName(scope, name)
  }

  async logStreams(query: LogStreamQuery): Promise<readonly LogStreamRecord[]> {
    return this.#streams.page(query)
  }

  async logStreamsOfJob(jobId: string): Promise<readonly LogStreamRecord[]> {
    return this.#streams.ofJob(jobId)
  }

  async tags(jobId: string): Promise<readonly { readonly key: string; readonly value: string }[]> {
    return this.#read.tags(jobId)
  }

  async close(): Promise<void> {
    if (!this.#database.isOpen) return
    this.#commits.flush()
    this.#database.close()
  }

  async #durably<Result>(work: () => Result): Promise<Result> {
    try {
      return await this.#commits.write(work)
    } catch (error) {
      throw storeError(error)
    }
  }
}
