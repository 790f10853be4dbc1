import type { Identity } from '../../identity/identity.ts'

interface Channel {
  readonly name: string
  readonly uri: string
  /** Whether each instance gets a share of the objects rather than all. */
  readonly sharded?: boolean
}

export interface RunRequest {
  readonly name: string
  readonly image: string
  /** The script, relative to the root of the archive. */
  readonly program: string
  /** `s3://…/sourcedir.tar.gz` */
  readonly sourceUri: string
  readonly hyperparameters: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly channels: readonly Channel[]
  readonly maxRuntimeSeconds: number
  /** 1 unless it is said otherwise. */
  readonly instances?: number
  /** Whether the job shall reach nothing but its own instances. */
  readonly isolated?: boolean
  readonly metrics?: readonly { readonly name: string; readonly regex: string }[]
}

/** Checked against its enumeration and echoed; the machine is the one we are on. */
const INSTANCE_TYPE = 'ml.m5.large'

/** The CreateTrainingJob request of script mode, member by member as the SDK's would be (client-flows 2). */
export function createRequest(run: RunRequest, { account, region, defaultBucket }: Identity): object {
  const { channels, submitDirectory } = sourceOf(run)
  return {
    TrainingJobName: run.name,
    AlgorithmSpecification: {
      TrainingImage: run.image,
      TrainingInputMode: 'File',
      ...(run.metrics && { MetricDefinitions: run.metrics.map(({ name, regex }) => ({ Name: name, Regex: regex })) }),
    },
    RoleArn: `arn:aws:iam::${account}:role/trainyard`,
    ...(channels.length > 0 && { InputDataConfig: channels.map(channel) }),
    OutputDataConfig: { S3OutputPath: `s3://${defaultBucket}/` },
    ResourceConfig: { InstanceType: INSTANCE_TYPE, InstanceCount: run.instances ?? 1 },
    StoppingCondition: { MaxRuntimeInSeconds: run.maxRuntimeSeconds },
    HyperParameters: {
      ...Object.fromEntries(Object.entries(run.hyperparameters).map(([key, value]) => [key, encoded(value)])),
      sagemaker_program: JSON.stringify(run.program),
      sagemaker_submit_directory: JSON.stringify(submitDirectory),
      sagemaker_container_log_level: '20',
      sagemaker_job_name: JSON.stringify(run.name),
      sagemaker_region: JSON.stringify(region),
    },
    ...(run.isolated && { EnableNetworkIsolation: true }),
    ...(Object.keys(run.environment).length > 0 && { Environment: run.environment }),
  }
}

/** An isolated job cannot fetch its script, so it gets it as a channel, as the SDK has it (client-flows 2). */
function sourceOf({ channels, isolated, sourceUri }: RunRequest) {
  if (!isolated) return { channels, submitDirectory: sourceUri }
  const name = 'code'
  const file = sourceUri.slice(sourceUri.lastIndexOf('/') + 1)
  return {
    channels: [...channels, { name, uri: sourceUri }],
    submitDirectory: `/opt/ml/input/data/${name}/${file}`,
  }
}

function channel({ name, uri, sharded = false }: Channel): object {
  const S3DataDistributionType = sharded ? 'ShardedByS3Key' : 'FullyReplicated'
  return {
    ChannelName: name,
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType } },
  }
}

/** Script mode reads each value as JSON. A number stays one; any other text reaches the script as it was typed, so it goes as a string. */
function encoded(value: string): string {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? value : JSON.stringify(value)
}
