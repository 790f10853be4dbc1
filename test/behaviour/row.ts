import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import type { World } from './world.ts'

/** What is done to the job, or how time goes on. */
export type Deed = (world: World) => Promise<void>

/** What Describe shows at one moment, beside what it echoes of the request. All times are seconds after Create. */
export interface Shown {
  readonly status: 'InProgress' | 'Stopping' | 'Completed' | 'Failed' | 'Stopped'
  /**
   * `SecondaryStatusTransitions`, one a line: start, end (`-` while it lasts), status, message. The last one's status is `SecondaryStatus`
   * (behaviour 1.2).
   */
  readonly history: string
  /** LastModifiedTime. */
  readonly modified: number
  /** TrainingStartTime. */
  readonly started?: number
  /** TrainingEndTime. */
  readonly ended?: number
  /** TrainingTimeInSeconds. */
  readonly trained?: number
  /** BillableTimeInSeconds. */
  readonly billed?: number
  /** Members that only some jobs have, as the client gives them. */
  readonly more?: object
}

/** One row of the behaviour page, sections 1.4.2 to 1.4.12, or a variant of it. */
export interface Row {
  /** Its section, and where that has a table the first cell of its row there: `1.4.5 image pull`. */
  readonly of: string
  /** What is particular to the variant. */
  readonly variant?: string
  /** What the job asks for beside what all do; Describe echoes it. */
  readonly request?: Partial<CreateTrainingJobCommandInput>
  /** Of the server, beside what all have. */
  readonly configuration?: string
  /** What is done before the job is created. */
  readonly before?: Deed
  /** Another job, which is over for a while when this one is created; `shown` is what Describe says of it in the end. */
  readonly after?: {
    readonly request: Partial<CreateTrainingJobCommandInput>
    readonly since: string
    readonly shown: Shown
  }
  /** In order; after each one Describe is compared as a whole, and time has moved by nothing else. */
  readonly acts: readonly (readonly [Deed, Shown])[]
  /** What the record said of the job in turn: each message once, also those that were replaced before anybody could look. */
  readonly said?: readonly string[]
}

export const STARTING = 'Starting the training job'
export const INSUFFICIENT = 'Insufficient capacity error from EC2 while launching instances, retrying!'
export const PREPARING = 'Preparing the instances for training'
export const TRAINING = 'Training image download completed. Training in progress.'
export const INTERNAL = 'InternalServerError: We encountered an internal error. Please try again.'

/** A job whose `TRAINYARD_SIMULATE`, and `TRAINYARD_REHEARSE` where it is given, are these. */
export function plays(script: string, rehearsal?: string): { readonly Environment: Record<string, string> } {
  return {
    Environment: {
      TRAINYARD_SIMULATE: script,
      ...(rehearsal === undefined ? {} : { TRAINYARD_REHEARSE: rehearsal }),
    },
  }
}

export const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 7200, MaxWaitTimeInSeconds: 14_400 },
} as const

export const ACCELERATED = {
  ResourceConfig: { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
} as const

/** The path that an uploaded model has; the same where the folder was empty (behaviour 2.1, 3.10). */
export const MODEL = { ModelArtifacts: { S3ModelArtifacts: 's3://behaviour/out/the-job/output/model.tar.gz' } } as const

export function because(FailureReason: string): { readonly more: object } {
  return { more: { FailureReason } }
}

/** What a job without a script comes to: a second to launch, two to download, five to run, one to collect. */
export const DEFAULT_END: Shown = {
  status: 'Completed',
  history: `
    0 1 Starting    ${PREPARING}
    1 3 Downloading Downloading input data
    3 8 Training    ${TRAINING}
    8 9 Uploading   Uploading generated training model
    9 9 Completed   Training job completed`,
  modified: 9,
  started: 1,
  ended: 9,
  trained: 8,
  billed: 8,
  more: MODEL,
}
