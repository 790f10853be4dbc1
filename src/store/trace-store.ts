import type { LogStreamRecord } from './log-stream-record.ts'

/** What the record keeps of a job that is over, beside its own row: of one that was deleted this is all there is. */
export interface JobTrace {
  readonly jobId: string
  /** When the job ended; when it was deleted, where it was. Epoch milliseconds. */
  readonly time: number
  readonly isDeleted: boolean
  /** Ordered by name. */
  readonly logStreams: readonly LogStreamRecord[]
  /** Entries of the journal that may go together with the log streams: of a job that was not deleted all but `created`. */
  readonly journalEntries: number
}

export interface JobTracesQuery {
  /** Leaves out jobs that ended, or were deleted, after this time. */
  readonly endedBy: number
  readonly after?: string
  /** Jobs to look at, whether they have ended or not. */
  readonly limit: number
}

export interface JobTracePage {
  /** Of jobs that have something to delete, ordered by their ids. */
  readonly traces: readonly JobTrace[]
  /** Set when there may be more. */
  readonly next?: string
}

export interface TracesToDelete {
  readonly jobId: string
  readonly logStreams: boolean
  readonly journal: boolean
}

export interface TracesDeleted {
  readonly logStreams: number
  readonly journalEntries: number
  /** The job had been deleted before, and nothing in the record speaks of it any more. */
  readonly isGone: boolean
}

/** What jobs leave behind is looked through and deleted by age. Nothing here concerns a job that has not ended, or whose deletion is under way. */
export interface TraceStore {
  jobTraces(query: JobTracesQuery): Promise<JobTracePage>
  /**
   * Forgets log streams, whose files are the caller's, and entries of the journal, all or none. Stays: `created` of a job that was not deleted, because it says which members of the
   * request are not honoured; and of a deleted job the last entry, which says when, as long as it has log streams. Idempotent; of a job that has not ended
   * nothing is deleted.
   */
  deleteTraces(traces: TracesToDelete): Promise<TracesDeleted>
}
