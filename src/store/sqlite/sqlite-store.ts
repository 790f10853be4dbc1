import type { DatabaseSync } from 'node:sqlite'
import type { Logger } from 'pino'
import { GroupCommit } from '../../sqlite/group-commit.ts'
import { migrate } from '../../sqlite/migrate.ts'
import { openDatabase, type Synchronous } from '../../sqlite/open-database.ts'
import type {
  InsertResult,
  JobChange,
  JobPage,
  JobRecord,
  JobTag,
  JournalEntry,
  JournalRecord,
  ListQuery,
  LogStreamQuery,
  LogStreamRecord,
  NewJob,
  Scope,
  Store,
  TagsPut,
  TagsToDelete,
  TagsToPut,
  UnfinishedJob,
} from '../store.ts'
import type {
  MetricIdentity,
  MetricPeriodsQuery,
  MetricsQuery,
  MetricStatistics,
  MetricWrite,
  RunMetricsQuery,
  RunMetricValue,
} from '../metric-store.ts'
import type { JobTracePage, JobTracesQuery, TracesDeleted, TracesToDelete } from '../trace-store.ts'
import { IdleCheckpoint } from './idle-checkpoint.ts'
import { ListJobs } from './list-jobs.ts'
import { LogStreamRows } from './log-stream-rows.ts'
import { ListMetrics } from './list-metrics.ts'
import { MetricRows } from './metric-rows.ts'
import { sqliteMigrations } from './migrations.ts'
import { NameIndex } from './name-index.ts'
import { ReadJobs } from './read-jobs.ts'
import { RunMetricRows } from './run-metric-rows.ts'
import { SharedReads } from './shared-reads.ts'
import { storeError } from './store-error.ts'
import { TagRows } from './tag-rows.ts'
import { TraceRows } from './trace-rows.ts'
import { WriteJobs } from './write-jobs.ts'

export interface SqliteStoreOptions {
  /** Absolute path of the database. */
  readonly path: string
  readonly log?: Logger
  readonly synchronous?: Synchronous
  /** Memory for pages that are read often, in KiB. */
  readonly cacheKib?: number
}

/** A hundred thousand jobs have about 25 MiB of list indexes. */
const CACHE_KIB = 16_384
/** A burst may make the write-ahead log longer than this; then the file is cut back to it. */
const LOG_FILE_BYTES = 64 * 2 ** 20
const CHECKPOINT_IDLE_MS = 250
/** Nobody else writes while the data folder is locked; a person's `sqlite3` may for a moment, and all of this server waits for it. */
const BUSY_MS = 500

/**
 * Opens or makes the record of a data folder.
 *
 * @throws NewerSchemaError, StoreError
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  let database: DatabaseSync | undefined
  try {
    database = openDatabase(options.path, options.synchronous)
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
    database.exec(
      `PRAGMA cache_size = -${options.cacheKib ?? CACHE_KIB}; PRAGMA journal_size_limit = ${LOG_FILE_BYTES}`,
    )
    migrate(database, sqliteMigrations())
    return new SqliteStore(database, options)
  } catch (error) {
    database?.close()
    throw storeError(error, options.path)
  }
}

/** One connection: reads are direct, and see one state of the record because only this thread writes to it; writes commit in groups. */
class SqliteStore implements Store {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #commits: GroupCommit
  readonly #checkpoint: IdleCheckpoint
  readonly #reads: SharedReads
  readonly #write: WriteJobs
  readonly #read: ReadJobs
  readonly #list: ListJobs
  readonly #tags: TagRows
  readonly #streams: LogStreamRows
  readonly #traces: TraceRows
  readonly #metrics: MetricRows
  readonly #listMetrics: ListMetrics
  readonly #runMetrics: RunMetricRows

  constructor(database: DatabaseSync, { path, log }: SqliteStoreOptions) {
    this.#path = path
    this.#database = database
    this.#checkpoint = new IdleCheckpoint(database, {
      idleMs: CHECKPOINT_IDLE_MS,
      onError: (error) => log?.warn({ path, err: storeError(error, path) }, 'the write-ahead log cannot be worked off'),
    })
    this.#commits = new GroupCommit(database, {
      committed: () => this.#checkpoint.wrote(),
      named: (error) => storeError(error, path),
    })
    this.#reads = new SharedReads(database)
    this.#tags = new TagRows(database)
    this.#write = new WriteJobs(database, this.#tags)
    this.#read = new ReadJobs(database)
    this.#list = new ListJobs(database, new NameIndex(database, (work) => this.#commits.write(work)))
    this.#streams = new LogStreamRows(database)
    this.#traces = new TraceRows(database, this.#streams)
    this.#metrics = new MetricRows(database)
    this.#listMetrics = new ListMetrics(database)
    this.#runMetrics = new RunMetricRows(database)
  }

  insertJob(job: NewJob): Promise<InsertResult> {
    return this.#commits.write(() => {
      const taken = this.#read.byName(job, job.name)
      if (!taken) return { kind: 'inserted', job: this.#write.insert(job) }
      const isRepeated = job.repeatKey !== undefined && this.#read.isMadeBy(taken.id, job.repeatKey)
      return { kind: isRepeated ? 'repeated' : 'name-taken', job: taken }
    })
  }

  job(id: string): Promise<JobRecord | undefined> {
    return this.#now(() => this.#read.byId(id))
  }

  jobByRepeatKey(scope: Scope, name: string, repeatKey: string): Promise<JobRecord | undefined> {
    return this.#now(() => {
      const job = this.#read.byName(scope, name)
      return job && this.#read.isMadeBy(job.id, repeatKey) ? job : undefined
    })
  }

  jobByName(scope: Scope, name: string): Promise<JobRecord | undefined> {
    return this.#now(() => this.#read.byName(scope, name))
  }

  apply(change: JobChange): Promise<boolean> {
    return this.#commits.write(() => this.#write.apply(change))
  }

  listJobs(query: ListQuery): Promise<JobPage> {
    return this.#inSlices(() => this.#list.page(query))
  }

  deleteJob(id: string, journal: readonly JournalEntry[]): Promise<boolean> {
    return this.#commits.write(() => this.#write.delete(id, journal))
  }

  unfinishedJobs(): Promise<readonly UnfinishedJob[]> {
    return this.#now(() => this.#read.unfinished())
  }

  availablePools(matching?: Scope & { readonly key: string }): Promise<readonly string[]> {
    return this.#now(() => this.#read.availablePools(matching))
  }

  hasAvailablePool(account: string): Promise<boolean> {
    return this.#now(() => this.#read.hasAvailablePool(account))
  }

  poolTakenBy(jobId: string): Promise<JobRecord | undefined> {
    return this.#now(() => this.#read.poolTakenBy(jobId))
  }

  latestTime(): Promise<number> {
    return this.#now(() => this.#read.latestTime())
  }

  appendJournal(jobId: string, entries: readonly JournalEntry[]): Promise<void> {
    return this.#commits.write(() => this.#write.appendJournal(jobId, entries))
  }

  journal(query: {
    readonly jobId?: string
    readonly after: number
    readonly limit: number
  }): Promise<readonly JournalRecord[]> {
    return this.#now(() => this.#read.journal(query))
  }

  insertLogStream(stream: LogStreamRecord): Promise<void> {
    return this.#commits.write(() => this.#streams.insert(stream))
  }

  logStream(scope: Scope, name: string): Promise<LogStreamRecord | undefined> {
    return this.#now(() => this.#streams.byName(scope, name))
  }

  logStreams(query: LogStreamQuery): Promise<readonly LogStreamRecord[]> {
    return this.#inSlices(() => this.#streams.page(query))
  }

  logStreamsOfJob(jobId: string): Promise<readonly LogStreamRecord[]> {
    return this.#now(() => this.#streams.ofJob(jobId))
  }

  jobTraces(query: JobTracesQuery): Promise<JobTracePage> {
    return this.#now(() => this.#traces.page(query))
  }

  deleteTraces(traces: TracesToDelete): Promise<TracesDeleted> {
    return this.#commits.write(() => this.#traces.delete(traces))
  }

  tags(jobId: string): Promise<readonly JobTag[]> {
    return this.#now(() => this.#tags.of(jobId))
  }

  putTags({ jobId, tags, most, journal }: TagsToPut): Promise<TagsPut> {
    return this.#commits.write(() => {
      if (!this.#read.exists(jobId)) return { kind: 'unknown-job' }
      const count = this.#tags.countWith(jobId, tags)
      if (count > most) return { kind: 'too-many', count }
      this.#tags.put(jobId, tags)
      this.#write.appendJournal(jobId, journal)
      return { kind: 'put', tags: this.#tags.of(jobId) }
    })
  }

  deleteTags({ jobId, keys, journal }: TagsToDelete): Promise<boolean> {
    return this.#commits.write(() => {
      if (!this.#read.exists(jobId)) return false
      this.#tags.delete(jobId, keys)
      this.#write.appendJournal(jobId, journal)
      return true
    })
  }

  putMetrics(writes: readonly MetricWrite[]): Promise<void> {
    return this.#commits.write(() => {
      for (const write of writes) this.#metrics.put(write)
    })
  }

  metricPeriods(query: MetricPeriodsQuery): Promise<readonly MetricStatistics[]> {
    return this.#now(() => this.#metrics.periods(query))
  }

  metrics(query: MetricsQuery): Promise<readonly MetricIdentity[]> {
    return this.#inSlices(() => this.#listMetrics.page(query))
  }

  putRunMetrics(jobId: string, values: readonly RunMetricValue[], most: number): Promise<number> {
    return this.#commits.write(() => this.#runMetrics.put(jobId, values, most))
  }

  runMetrics(query: RunMetricsQuery): Promise<readonly RunMetricValue[]> {
    return this.#now(() => this.#runMetrics.page(query))
  }

  async close(): Promise<void> {
    if (!this.#database.isOpen) return
    this.#reads.end()
    this.#commits.flush()
    this.#checkpoint.stop()
    this.#database.close()
  }

  /** What is read at once, as a promise; names what SQLite throws. */
  #now<Result>(read: () => Result): Promise<Result> {
    try {
      this.#reads.begin()
      return Promise.resolve(read())
    } catch (error) {
      return Promise.reject(storeError(error, this.#path))
    }
  }

  /** What is read with turns for others in between; names what SQLite throws. */
  async #inSlices<Result>(read: () => Promise<Result>): Promise<Result> {
    try {
      return await read()
    } catch (error) {
      throw storeError(error, this.#path)
    }
  }
}
