import { billableSeconds, trainingSeconds } from '../../lifecycle/accounting.ts'
import type { FinalMetric, JobState, Transition } from '../../lifecycle/job.ts'
import type { WarmPool } from '../../lifecycle/warm-pool.ts'
import type { CreateTrainingJobRequest } from '../../protocol/shapes/training-job.ts'
import type { JobRecord, JobTag } from '../../store/store.ts'

/** Defaults that the service fills in (behaviour 2.3). */
const DEFAULT_MAX_RUNTIME_SECONDS = 86_400

/** The members of DescribeTrainingJob that change by UpdateTrainingJob only, with their defaults (behaviour 2.3). */
export function staticDescription(request: CreateTrainingJobRequest, arn: string): object {
  const { Tags: _tags, SessionChainingConfig: _session, ...echoed } = request
  const specification = request.AlgorithmSpecification
  const definitions = specification?.MetricDefinitions ?? []
  return {
    ...echoed,
    TrainingJobArn: arn,
    AlgorithmSpecification: {
      ...specification,
      EnableSageMakerMetricsTimeSeries: specification?.EnableSageMakerMetricsTimeSeries ?? definitions.length > 0,
    },
    ...(request.ResourceConfig ? { ResourceConfig: describedResources(request.ResourceConfig) } : {}),
    ...(request.InputDataConfig ? { InputDataConfig: request.InputDataConfig.map(describedChannel) } : {}),
    OutputDataConfig: { KmsKeyId: '', ...request.OutputDataConfig },
    StoppingCondition: { MaxRuntimeInSeconds: DEFAULT_MAX_RUNTIME_SECONDS, ...request.StoppingCondition },
    ...(request.DebugHookConfig
      ? { DebugHookConfig: { CollectionConfigurations: [], ...request.DebugHookConfig } }
      : {}),
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    ProfilingStatus: 'Disabled',
  }
}

/** The v2 SDK takes the mere presence of InstanceGroups for a job that has some (client-flows 1). */
function describedResources(resources: NonNullable<CreateTrainingJobRequest['ResourceConfig']>): object {
  const { InstanceGroups: groups = [], ...rest } = resources
  return groups.length > 0 ? resources : rest
}

type Channel = NonNullable<CreateTrainingJobRequest['InputDataConfig']>[number]

function describedChannel(channel: Channel): object {
  const source = channel.DataSource.S3DataSource
  return {
    CompressionType: 'None',
    RecordWrapperType: 'None',
    ...channel,
    // Unknown on AWS; behaviour 2.3 recommends the default's echo.
    ...(source ? { DataSource: { S3DataSource: { S3DataDistributionType: 'FullyReplicated', ...source } } } : {}),
  }
}

/**
 * A DescribeTrainingJob answer as JSON text: the stored static part is spliced with what has changed since, and never parsed.
 *
 * @param now job time, epoch milliseconds: `TrainingTimeInSeconds` grows while the job runs (behaviour 2.1)
 */
export function describedJob(job: JobRecord, now: number): string {
  const changing = JSON.stringify(changingDescription(job.state, now))
  return `${job.document.slice(0, -1)},${changing.slice(1)}`
}

function changingDescription(state: JobState, now: number): object {
  return {
    TrainingJobStatus: state.status,
    SecondaryStatus: state.secondaryStatus,
    CreationTime: seconds(state.creationTime),
    LastModifiedTime: seconds(state.lastModifiedTime),
    TrainingStartTime: seconds(state.trainingStartTime),
    TrainingEndTime: seconds(state.trainingEndTime),
    TrainingTimeInSeconds: trainingSeconds(state, now),
    BillableTimeInSeconds: billableSeconds(state),
    FailureReason: state.failureReason,
    ModelArtifacts: state.modelArtifacts === undefined ? undefined : { S3ModelArtifacts: state.modelArtifacts },
    SecondaryStatusTransitions: state.transitions.map(describedTransition),
    FinalMetricDataList: state.finalMetrics?.map(describedMetric),
    WarmPoolStatus: state.warmPool && describedWarmPool(state.warmPool),
  }
}

/** Wire times are epoch seconds with a millisecond fraction (behaviour 6.1). */
export function seconds(milliseconds: number): number
export function seconds(milliseconds: number | undefined): number | undefined
export function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000
}

function describedTransition({ status, startTime, endTime, message }: Transition): object {
  return { Status: status, StartTime: seconds(startTime), EndTime: seconds(endTime), StatusMessage: message }
}

function describedMetric({ name, value, timestamp }: FinalMetric): object {
  return { MetricName: name, Value: value, Timestamp: timestamp }
}

/** Behaviour 8.2. */
export function describedWarmPool(pool: WarmPool): object {
  const { status } = pool
  if (status !== 'Reused' && status !== 'Terminated') return { Status: status }
  return {
    Status: status,
    ResourceRetainedBillableTimeInSeconds: pool.retainedSeconds,
    ...(status === 'Reused' ? { ReusedByJob: pool.by.name } : {}),
  }
}

export function describedTags(tags: readonly JobTag[]): object[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }))
}
