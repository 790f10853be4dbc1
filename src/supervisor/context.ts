import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import type { Config } from '../config/config.ts'
import type { SessionKeys } from '../identity/job-session.ts'
import type { JobEvent } from '../lifecycle/advance.ts'
import type { FinalMetric } from '../lifecycle/job.ts'
import type { ObjectStore } from '../objects/objects.ts'
import type { ExecutionEnvironment, InstanceId, Runtime } from '../runtime/runtime.ts'
import type { Admission } from '../scheduler/admission.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { Recorded } from '../store/record-event.ts'
import type { JobRecord, Store } from '../store/store.ts'
import type { JobRequest } from './job-request.ts'
import type { KeptPeriods } from './kept-periods.ts'
import type { PoolQuotas } from './pool-quotas.ts'
import type { SupervisedJob } from './supervised-job.ts'

/** What supervising jobs needs; one value for all of them, made by the composition root. */
export interface SupervisorContext {
  readonly store: Store
  readonly objects: ObjectStore
  readonly runtime: Runtime
  readonly scheduler: Scheduler
  readonly admission: Admission
  readonly clock: JobClock
  readonly config: Config
  readonly log: Logger
  readonly environments: { resolve(image: string): ExecutionEnvironment | undefined }
  /** The keys of a job's own session. */
  session(jobId: string, attempt: number): SessionKeys
  /** Where jobs reach this server. */
  endpoint(): { readonly url: string; readonly certificateFile?: string }
  /** The card by which single instances reach others. */
  networkInterface(): string
  readonly streams: LogStreams
  readonly metrics: Metrics
  /** Of the warm pools of jobs that are over. */
  readonly pools: KeptPeriods
  /** Of the workspaces of failed jobs. */
  readonly failures: KeptPeriods
  readonly poolQuotas: PoolQuotas
}

/** Names and files of log streams. */
export interface LogStreams {
  /** Absolute path of the raw file of an instance's stream, whether that is made yet or not. */
  fileOf(instance: InstanceId): string
  /** The stream of one instance: the same one however often it is asked for. @returns absolute path of its raw file */
  open(job: JobRecord, instance: { readonly attempt: number; readonly host: string }): Promise<string>
}

/** Metric definitions applied to a job's logs. */
export interface Metrics {
  /** Begins to follow the job's streams, so that little is left to read when it ends. Any number of times. */
  follow(job: JobRecord, request: JobRequest): void
  /** The last value of each metric, over everything that was logged; streams must be sealed. Forgets the job. */
  finish(job: JobRecord, request: JobRequest): Promise<readonly FinalMetric[]>
  /** The job is over, or is let go of: stops following it. */
  forget(jobId: string): void
}

/** One job at one moment, as a stage sees it. */
export interface Stage {
  readonly job: JobRecord
  readonly supervised: SupervisedJob
  /** Records what has come of the work. @param details go into the journal. @throws StoreError */
  record(event: JobEvent, details?: Readonly<Record<string, unknown>>): Promise<Recorded>
  readonly request: JobRequest
  /** Aborts when the stage must be left: the record has changed under it, or the server closes. */
  readonly signal: AbortSignal
  /** Aborts only when the server closes: for work that a Stop does not cut short. */
  readonly closing: AbortSignal
  /**
   * Runs work under the limits that count in this stage.
   * @throws TimeLimitReached, or whatever the work throws
   */
  limited<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

/** A stage does its work and records what came of it; everything it does may be done again after a crash. */
export type StageWork = (context: SupervisorContext, stage: Stage) => Promise<void>
