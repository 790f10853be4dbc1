import type { Scope } from './scope.ts'

/** A log stream of `/aws/sagemaker/TrainingJobs` (behaviour 5.1): a name and the file that holds its bytes. */
export interface LogStreamRecord extends Scope {
  readonly name: string
  readonly jobId: string
  /** The raw file, relative to the logs folder; its index lies beside it with `.idx` added. */
  readonly file: string
  readonly creationTime: number
}
