import type { SessionKeys } from '../identity/job-session.ts'
import type { HostResources } from '../lifecycle/placement.ts'
import type { ExecutionEnvironment, InstanceId, InstanceSpec, NetworkKind } from '../runtime/runtime.ts'
import type { JobRecord } from '../store/store.ts'
import { channelsOfHost, clusterOf, type Cluster } from './cluster.ts'
import { commandOf, type InputChannel, type JobRequest } from './job-request.ts'

/** What an instance's spec is made of beside the job. */
export interface SpecParts {
  readonly id: InstanceId
  readonly environment: ExecutionEnvironment
  readonly resources: HostResources
  readonly warm?: InstanceId
  readonly network: NetworkKind
  /** The card by which the job's frameworks shall talk: `eth0` in a network of the job's own, else one of the host's. */
  readonly networkInterface: string
  /** Absent where the job is isolated: then neither keys nor an address reach it (behaviour 3.7). */
  readonly server?: WayToServer
  readonly logFile: string
  readonly logMaxBytes: number
}

/** How a job reaches this server, and as whom. */
export interface WayToServer {
  /** An IP literal, because with a name S3 clients may switch to `bucket.name` addressing. */
  readonly endpoint: string
  readonly session: SessionKeys
  /** Absolute path of a certificate that the job must trust to reach the endpoint. */
  readonly certificateFile?: string
}

/** Everything that the runtime needs to know to run this instance of the job. */
export function instanceSpec(job: JobRecord, request: JobRequest, parts: SpecParts): InstanceSpec {
  const cluster = clusterOf(request)
  const channels = channelsOfHost(request, cluster, parts.id.host)
  return {
    id: parts.id,
    hosts: cluster.hosts,
    network: parts.network,
    environment: parts.environment,
    resources: parts.resources,
    ...(parts.warm ? { warm: parts.warm } : {}),
    ...(job.state.warmPool ? { leavesInputs: true } : {}),
    command: commandOf(request),
    variables: { ...platformVariables(job, request, parts), ...request.Environment },
    configFiles: {
      ...jobFiles(job, request),
      'inputdataconfig.json': JSON.stringify(inputDataConfig(request, channels)),
      'resourceconfig.json': JSON.stringify(resourceConfig(cluster, parts)),
    },
    channels: channels.map(({ ChannelName }) => ChannelName),
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
    ...(parts.server ? serverVariables(parts.server) : {}),
  }
}

function serverVariables({ endpoint, session, certificateFile }: WayToServer): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    // The SageMaker training toolkit reads this one (client-flows 2).
    S3_ENDPOINT_URL: endpoint,
    ...(certificateFile === undefined ? {} : { AWS_CA_BUNDLE: certificateFile }),
  }
}

/** Whether time-series metrics are on: asked for, or implied by a metric definition (behaviour 2.3). */
function timeSeries(request: JobRequest): boolean {
  const { EnableSageMakerMetricsTimeSeries: asked, MetricDefinitions: definitions = [] } =
    request.AlgorithmSpecification ?? {}
  return asked ?? definitions.length > 0
}

/** Those of `/opt/ml/input/config` that are the same on every host (behaviour 3.2 to 3.5). */
function jobFiles(job: JobRecord, request: JobRequest): Record<string, string> {
  const definitions = request.AlgorithmSpecification?.MetricDefinitions ?? []
  return {
    'hyperparameters.json': JSON.stringify(request.HyperParameters ?? {}),
    // Their content on AWS is unknown; behaviour 3.2 recommends these two of the platform's files.
    'trainingjobconfig.json': job.request,
    'metric-definition-regex.json': JSON.stringify(definitions.map(({ Name, Regex }) => ({ Name, Regex }))),
    ...(request.DebugHookConfig ? { 'debughookconfig.json': JSON.stringify(request.DebugHookConfig) } : {}),
    ...(request.ProfilerConfig ? { 'profilerconfig.json': JSON.stringify(request.ProfilerConfig) } : {}),
  }
}

function inputDataConfig(request: JobRequest, channels: readonly InputChannel[]): Record<string, object> {
  return Object.fromEntries(channels.map((channel) => [channel.ChannelName, channelConfig(channel, request)]))
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

/** The same on every host but for the three `current_` members; lists of hosts are sorted as text (behaviour 3.5). */
function resourceConfig({ groups, hosts }: Cluster, { id, networkInterface }: SpecParts): object {
  const own = groups.find((group) => group.hosts.includes(id.host))
  return {
    current_host: id.host,
    current_instance_type: own?.instanceType,
    current_group_name: own?.name,
    hosts: hosts.toSorted(),
    instance_groups: groups.map(({ name, instanceType, hosts: members }) => ({
      instance_group_name: name,
      instance_type: instanceType,
      hosts: members.toSorted(),
    })),
    network_interface_name: networkInterface,
  }
}
