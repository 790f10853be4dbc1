import type { JobState } from '../lifecycle/job.ts'
import type { Placement } from '../lifecycle/placement.ts'
import type { TrainingJobStatus } from '../lifecycle/status.ts'
import type { WarmPool, WarmPoolStatus } from '../lifecycle/warm-pool.ts'
import type { LogStreamRecord } from './log-stream-record.ts'
import type { MetricStore } from './metric-store.ts'
import type { Scope } from './scope.ts'
import type { TraceStore } from './trace-store.ts'

export type { LogStreamRecord } from './log-stream-record.ts'
export type { Scope } from './scope.ts'

/** What Create fixes for good. */
export interface JobIdentity extends Scope {
  /** 32 hex digits, ordered by creation time. */
  readonly id: string
  readonly name: string
  readonly arn: string
}

export interface JobRecord extends JobIdentity {
  /** Grows by one with every write; the guard of `apply`. */
  readonly version: number
  readonly state: JobState
  /** The request as Create received it, JSON text. */
  readonly request: string
  /** The members of DescribeTrainingJob that change by UpdateTrainingJob only, with their defaults (behaviour 2.3), JSON text of one object. */
  readonly document: string
}

export interface NewJob extends JobIdentity {
  readonly state: JobState
  readonly request: string
  readonly document: string
  readonly tags: readonly JobTag[]
  /** Access key, invocation id and body hash of the request; a Create that repeats them is answered as the first was. */
  readonly repeatKey?: string
  /** What a later job must have in common with this one to take its warm pool; compared as it is. */
  readonly warmPoolKey?: string
  readonly journal: readonly JournalEntry[]
}

export interface JobTag {
  readonly key: string
  readonly value: string
}

/** Adds tags, and gives those whose key is there another value. */
export interface TagsToPut {
  readonly jobId: string
  readonly tags: readonly JobTag[]
  /** Most that the job may have after it. */
  readonly most: number
  readonly journal: readonly JournalEntry[]
}

export type TagsPut =
  /** With all tags of the job, ordered by key. */
  | { readonly kind: 'put'; readonly tags: readonly JobTag[] }
  /** Nothing was changed: there would have been so many. */
  | { readonly kind: 'too-many'; readonly count: number }
  | { readonly kind: 'unknown-job' }

export interface TagsToDelete {
  readonly jobId: string
  readonly keys: readonly string[]
  readonly journal: readonly JournalEntry[]
}

export type InsertResult =
  /** `job` is the record as it can be read from now on. */
  | { readonly kind: 'inserted'; readonly job: JobRecord }
  | { readonly kind: 'repeated'; readonly job: JobRecord }
  | { readonly kind: 'name-taken'; readonly job: JobRecord }

/** One thing that happened, in our own words; `kind` is the discriminator that readers switch on. */
export interface JournalEntry {
  readonly kind: string
  /** Job time, epoch milliseconds. */
  readonly time: number
  readonly data: Readonly<Record<string, unknown>>
}

export interface JournalRecord extends JournalEntry {
  /** Position in the one journal of this store; ever growing, never reused. */
  readonly cursor: number
  readonly jobId: string
}

/** A guarded write: job row, transition rows and journal rows change in one transaction or not at all (design, rule 2). */
export interface JobChange {
  readonly id: string
  readonly expectedVersion: number
  readonly state: JobState
  /** Takes the place of `JobRecord.document`. */
  readonly document?: string
  /** Index in `state.transitions` from which elements are new or changed. */
  readonly transitionsFrom: number
  readonly journal: readonly JournalEntry[]
}

export interface UnfinishedJob {
  readonly id: string
  /** What it still has of the machine. */
  readonly placement?: Placement
}

/** Names sort without regard to case. Jobs of one status, or of one creation time, follow in the order of creation time and id. */
export type ListOrder = 'creation-time' | 'name' | 'status'

/** Where a page begins: after this job in the order of the list, whether it is still there or not. */
export type ListPosition = Pick<JobSummary, 'name' | 'status' | 'creationTime' | 'id'>

/** Filters narrow the list before it is cut into pages. Times are epoch milliseconds, a fraction allowed, and themselves excluded. */
export interface ListQuery extends Scope {
  readonly statusEquals?: TrainingJobStatus
  readonly warmPoolStatusEquals?: WarmPoolStatus
  /** Compared without regard to case. */
  readonly nameContains?: string
  readonly creationTimeAfter?: number
  readonly creationTimeBefore?: number
  readonly lastModifiedTimeAfter?: number
  readonly lastModifiedTimeBefore?: number
  /** By creation time where absent. */
  readonly sortBy?: ListOrder
  /** Descending where absent: newest first. */
  readonly ascending?: boolean
  readonly after?: ListPosition
  readonly limit: number
}

export interface JobSummary {
  readonly id: string
  readonly name: string
  readonly status: TrainingJobStatus
  readonly secondaryStatus: JobState['secondaryStatus']
  readonly creationTime: number
  readonly lastModifiedTime: number
  readonly trainingEndTime?: number
  readonly warmPool?: WarmPool
}

export interface JobPage {
  /** As many as asked for, unless there are no more. */
  readonly jobs: readonly JobSummary[]
  /** Set when there are more. */
  readonly next?: ListPosition
}

export interface LogStreamQuery extends Scope {
  readonly prefix: string
  /** Name after which the page begins. */
  readonly after?: string
  readonly descending?: boolean
  /** Leaves out the streams of jobs that ended before this time, epoch milliseconds. */
  readonly activeSince?: number
  readonly limit: number
}

/**
 * The record of every job. Asynchronous although SQLite is not: writes that arrive together commit together, and a promise resolves only
 * when its write is durable. A write that throws has changed nothing.
 */
export interface Store extends MetricStore, TraceStore {
  /** Names are unique per account and region without regard to case. */
  insertJob(job: NewJob): Promise<InsertResult>
  job(id: string): Promise<JobRecord | undefined>
  /** The job of this name, if a Create with this `NewJob.repeatKey` made it. */
  jobByRepeatKey(scope: Scope, name: string, repeatKey: string): Promise<JobRecord | undefined>
  /** Exact name first, then without regard to case (behaviour 2.4). */
  jobByName(scope: Scope, name: string): Promise<JobRecord | undefined>
  /**
   * @returns false when the version has moved on or the job is terminal and the change is not one of those it may still take: a normal outcome
   * @throws StoreError `refused` where one status would follow another that the table of transitions does not let it follow, as `insertJob` does
   */
  apply(change: JobChange): Promise<boolean>
  listJobs(query: ListQuery): Promise<JobPage>
  /**
   * Removes a job whose status is Deleting, with its transitions, tags and values of SageMaker Metrics; its name is free then. Its journal, its log
   * streams and its CloudWatch metrics stay.
   * @param journal added to it
   * @returns false for any other job, and when it is gone already
   */
  deleteJob(id: string, journal: readonly JournalEntry[]): Promise<boolean>
  /** All jobs that are not over, or are being deleted, oldest first: what a server takes up again when it starts. */
  unfinishedJobs(): Promise<readonly UnfinishedJob[]>
  /** Ids of the jobs whose warm pool is Available, oldest first: all of them, or those in a scope whose `NewJob.warmPoolKey` is this one. */
  availablePools(matching?: Scope & { readonly key: string }): Promise<readonly string[]>
  /** Whether any of an account's warm pools is Available: of most accounts none ever is, and this costs the least. */
  hasAvailablePool(account: string): Promise<boolean>
  /** The job whose warm pool this one has taken: one at most. */
  poolTakenBy(jobId: string): Promise<JobRecord | undefined>
  /** The latest time in the record of any job, epoch milliseconds of job time; 0 where there is none. It looks at every job. */
  latestTime(): Promise<number>

  /** Appends entries that go with no change of state. */
  appendJournal(jobId: string, entries: readonly JournalEntry[]): Promise<void>
  journal(query: {
    readonly jobId?: string
    readonly after: number
    readonly limit: number
  }): Promise<readonly JournalRecord[]>

  /** Idempotent by (account, region, name). */
  insertLogStream(stream: LogStreamRecord): Promise<void>
  logStream(scope: Scope, name: string): Promise<LogStreamRecord | undefined>
  /** Ordered by name. */
  logStreams(query: LogStreamQuery): Promise<readonly LogStreamRecord[]>
  logStreamsOfJob(jobId: string): Promise<readonly LogStreamRecord[]>

  /** Ordered by key. */
  tags(jobId: string): Promise<readonly JobTag[]>
  putTags(change: TagsToPut): Promise<TagsPut>
  /** Keys that the job has not are passed over. @returns false when there is no such job */
  deleteTags(change: TagsToDelete): Promise<boolean>

  /** Waits for writes under way, then closes. Idempotent. */
  close(): Promise<void>
}
