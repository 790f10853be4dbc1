import type { SignedClient } from '../../client/signed-client.ts'
import {
  isTerminalSecondary,
  type SecondaryStatus,
  type TerminalSecondaryStatus,
  type TrainingJobStatus,
} from '../../lifecycle/status.ts'

/** The members of a DescribeTrainingJob answer that the command line reads; times on the wire are seconds since the epoch. */
export interface JobDescription {
  readonly TrainingJobName: string
  readonly TrainingJobArn: string
  readonly TrainingJobStatus: TrainingJobStatus
  readonly SecondaryStatus: SecondaryStatus
  readonly SecondaryStatusTransitions?: readonly WireTransition[]
  readonly CreationTime: number
  readonly TrainingStartTime?: number
  readonly TrainingEndTime?: number
  readonly TrainingTimeInSeconds?: number
  readonly FailureReason?: string
  readonly FinalMetricDataList?: readonly { readonly MetricName: string; readonly Value: number }[]
  readonly ModelArtifacts?: { readonly S3ModelArtifacts: string }
  readonly OutputDataConfig: { readonly S3OutputPath: string }
  readonly AlgorithmSpecification?: { readonly TrainingImage?: string }
}

export interface WireTransition {
  readonly Status: SecondaryStatus
  readonly StartTime: number
  readonly EndTime?: number
  readonly StatusMessage?: string
}

/** @throws ServiceError `ValidationException` for a job that does not exist */
export async function describeJob(client: SignedClient, name: string, signal?: AbortSignal): Promise<JobDescription> {
  return (await client.call(
    'sagemaker',
    'DescribeTrainingJob',
    { TrainingJobName: name },
    { signal },
  )) as JobDescription
}

/** @returns undefined while the job goes on */
export function endOf(job: JobDescription): TerminalSecondaryStatus | undefined {
  return isTerminalSecondary(job.SecondaryStatus) ? job.SecondaryStatus : undefined
}

/** Epoch milliseconds. */
export function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000)
}
