import type { SessionKeys } from '../identity/job-session.ts'
import type { ExecutionEnvironment, InstanceId, InstanceSpec } from '../runtime/runtime.ts'
import type { JobRecord } from '../store/store.ts'
import { commandOf, type InputChannel, type JobRequest } from './job-request.ts'

/** What an instance's spec is made of beside the job. */
export interface SpecParts {
  readonly id: InstanceId
  readonly environment: ExecutionEnvironment
  readonly session: SessionKeys
  /** Where the job reaches this server: an IP literal, because with a name S3 clients may switch to `bucket.name` addressing. */
  readonly endpoint: string
  readonly logFile: string
  readonly logMaxBytes: number
  /** Absolute path of a certificate that the job must trust to reach the endpoint. */
  readonly certificateFile?: string
  /** A single instance without isolation keeps the host's network, so this is the host's own (process runtime page, 1). */
  readonly networkInterface: string
}

const HOSTS: readonly string[] = ['algo-1']

/** Everything that the runtime needs to know to run this instance of the job. */
export function instanceSpec(job: JobRecord, request: JobRequest, parts: SpecParts): InstanceSpec {
  return {
    id: parts.id,
    hosts: HOSTS,
    network: 'machine',
    environment: parts.environment,
    command: commandOf(request),
    variables: { ...platformVariables(job, request, parts), ...request.Environment },
    configFiles: configFiles(request, parts),
    channels: (request.InputDataConfig ?? []).map(({ ChannelName }) => ChannelName),
    logFile: parts.logFile,
    logMaxBytes: parts.logMaxBytes,
  }
}

/** Behaviour 3.6, without HOSTNAME and the ECS addresses, which belong to machines of AWS. */
function platformVariables(job: JobRecord, request: JobRequest, parts: SpecParts): Record<string, string> {
  return {
    TRAINING_JOB_NAME: job.name,
    TRAINING_JOB_ARN: job.arn,
    AWS_REGION: job.region,
    // boto3 reads only this one.
    AWS_DEFAULT_REGION: job.region,
    AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
    ...(timeSeries(request) ? { SAGEMAKER_METRICS_DIRECTORY: '/opt/ml/output/metrics/sagemaker' } : {}),
    AWS_ACCESS_KEY_ID: parts.session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: parts.session.secretAccessKey,
    AWS_SESSION_TOKEN: parts.session.sessionToken,
    AWS_ENDPOINT_URL: parts.endpoint,
    AWS_ENDPOINT_URL_S3: parts.endpoint,
    // The SageMaker training toolkit reads this one (client-flows 2).
    S3_ENDPOINT_URL: parts.endpoint,
    ...(parts.certificateFile === undefined ? {} : { AWS_CA_BUNDLE: parts.certificateFile }),
  }
}

/** Whether time-series metrics are on: asked for, or implied by a metric definition (behaviour 2.3). */
function timeSeries(request: JobRequest): boolean {
  const { EnableSageMakerMetricsTimeSeries: asked, MetricDefinitions: definitions = [] } =
    request.AlgorithmSpecification ?? {}
  return asked ?? definitions.length > 0
}

/** `/opt/ml/input/config` (behaviour 3.2 to 3.5). */
function configFiles(request: JobRequest, parts: SpecParts): Record<string, string> {
  const definitions = request.AlgorithmSpecification?.MetricDefinitions ?? []
  return {
    'hyperparameters.json': JSON.stringify(request.HyperParameters ?? {}),
    'inputdataconfig.json': JSON.stringify(inputDataConfig(request)),
    'resourceconfig.json': JSON.stringify(resourceConfig(request, parts)),
    // Their content on AWS is unknown; behaviour 3.2 recommends these two of the platform's files.
    'trainingjobconfig.json': JSON.stringify(request),
    'metric-definition-regex.json': JSON.stringify(definitions.map(({ Name, Regex }) => ({ Name, Regex }))),
    ...(request.DebugHookConfig ? { 'debughookconfig.json': JSON.stringify(request.DebugHookConfig) } : {}),
    ...(request.ProfilerConfig ? { 'profilerconfig.json': JSON.stringify(request.ProfilerConfig) } : {}),
  }
}

function inputDataConfig(request: JobRequest): Record<string, object> {
  const entries = (request.InputDataConfig ?? []).map((channel) => [
    channel.ChannelName,
    channelConfig(channel, request),
  ])
  return Object.fromEntries(entries)
}

/** The key is `S3DistributionType` here, not `S3DataDistributionType` (behaviour 3.4). */
function channelConfig(channel: InputChannel, request: JobRequest): object {
  return {
    ...(channel.ContentType === undefined ? {} : { ContentType: channel.ContentType }),
    RecordWrapperType: channel.RecordWrapperType ?? 'None',
    S3DistributionType: channel.DataSource.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
    TrainingInputMode: channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File',
  }
}

/** Plain jobs carry exactly one group with the literal name `homogeneousCluster` (behaviour 3.5). */
function resourceConfig(request: JobRequest, parts: SpecParts): object {
  const instanceType = request.ResourceConfig?.InstanceType ?? ''
  return {
    current_host: parts.id.host,
    current_instance_type: instanceType,
    current_group_name: 'homogeneousCluster',
    hosts: HOSTS,
    instance_groups: [{ instance_group_name: 'homogeneousCluster', instance_type: instanceType, hosts: HOSTS }],
    network_interface_name: parts.networkInterface,
  }
}
