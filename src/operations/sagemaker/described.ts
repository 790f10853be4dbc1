import { billableSeconds, trainingSeconds } from '../../lifecycle/accounting.ts'
import type { FinalMetric, JobState, Transition } from '../../lifecycle/job.ts'
import type { WarmPool } from '../../lifecycle/warm-pool.ts'
import type { CreateTrainingJobRequest } from '../../protocol/shapes/training-job.ts'
import type { JobRecord, JobTag } from '../../store/store.ts'

/** Defaults that the service fills in (behaviour 2.3). */
const DEFAULT_MAX_RUNTIME_SECONDS = 86_400

/**
 * What the record keeps of a request, JSON texts: itself, and the members of DescribeTrainingJob that change by UpdateTrainingJob only, with their defaults (behaviour
 * 2.3). Both begin with the members that are described as they were asked for, which are most of a long request: the record keeps such a beginning once.
 */
export function keptTexts(
  request: CreateTrainingJobRequest,
  arn: string,
): { readonly request: string; readonly document: string } {
  const described = { ...withDefaults(request), TrainingJobArn: arn }
  const echoed: Record<string, unknown> = {}
  const others: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(request)) {
    const isEchoed = !Object.hasOwn(described, name) && !NEVER_DESCRIBED.has(name)
    ;(isEchoed ? echoed : others)[name] = value
  }
  // None of the three is ever empty: each job has a name, an output and an ARN.
  const beginning = JSON.stringify(echoed)
  return {
    request: joined(beginning, JSON.stringify(others)),
    document: joined(beginning, JSON.stringify(described)),
  }
}

const NEVER_DESCRIBED: ReadonlySet<string> = new Set(['Tags', 'SessionChainingConfig'])

/** The members that are described otherwise than they were asked for. */
function withDefaults(request: CreateTrainingJobRequest): object {
  const specification = request.AlgorithmSpecification
  const definitions = specification?.MetricDefinitions ?? []
  return {
    AlgorithmSpecification: {
      ...specification,
      EnableSageMakerMetricsTimeSeries: specification?.EnableSageMakerMetricsTimeSeries ?? definitions.length > 0,
    },
    ResourceConfig: request.ResourceConfig && describedResources(request.ResourceConfig),
    InputDataConfig: request.InputDataConfig?.map(describedChannel),
    OutputDataConfig: { KmsKeyId: '', ...request.OutputDataConfig },
    StoppingCondition: { MaxRuntimeInSeconds: DEFAULT_MAX_RUNTIME_SECONDS, ...request.StoppingCondition },
    DebugHookConfig: request.DebugHookConfig && { CollectionConfigurations: [], ...request.DebugHookConfig },
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    ProfilingStatus: 'Disabled',
  }
}

/** The text of one object with the members of both, each of which has some. */
function joined(one: string, other: string): string {
  return `${one.slice(0, -1)},${other.slice(1)}`
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
  return joined(job.document, JSON.stringify(changingDescription(job.state, now)))
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
