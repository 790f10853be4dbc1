import type { Identity } from '../../identity/identity.ts'

export interface RunRequest {
  readonly name: string
  readonly image: string
  /** The script, relative to the root of the archive. */
  readonly program: string
  /** `s3://…/sourcedir.tar.gz` */
  readonly sourceUri: string
  readonly hyperparameters: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly channels: readonly { readonly name: string; readonly uri: string }[]
  readonly maxRuntimeSeconds: number
  readonly metrics?: readonly { readonly name: string; readonly regex: string }[]
}

/** Checked against its enumeration and echoed; the machine is the one we are on. */
const INSTANCE_TYPE = 'ml.m5.large'

/** The CreateTrainingJob request of script mode, member by member as the SDK's would be (client-flows 2). */
export function createRequest(run: RunRequest, { account, region, defaultBucket }: Identity): object {
  return {
    TrainingJobName: run.name,
    AlgorithmSpecification: {
      TrainingImage: run.image,
      TrainingInputMode: 'File',
      ...(run.metrics && { MetricDefinitions: run.metrics.map(({ name, regex }) => ({ Name: name, Regex: regex })) }),
    },
    RoleArn: `arn:aws:iam::${account}:role/trainyard`,
    ...(run.channels.length > 0 && { InputDataConfig: run.channels.map(channel) }),
    OutputDataConfig: { S3OutputPath: `s3://${defaultBucket}/` },
    ResourceConfig: { InstanceType: INSTANCE_TYPE, InstanceCount: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: run.maxRuntimeSeconds },
    HyperParameters: {
      ...Object.fromEntries(Object.entries(run.hyperparameters).map(([key, value]) => [key, encoded(value)])),
      sagemaker_program: JSON.stringify(run.program),
      sagemaker_submit_directory: JSON.stringify(run.sourceUri),
      sagemaker_container_log_level: '20',
      sagemaker_job_name: JSON.stringify(run.name),
      sagemaker_region: JSON.stringify(region),
    },
    ...(Object.keys(run.environment).length > 0 && { Environment: run.environment }),
  }
}

function channel({ name, uri }: RunRequest['channels'][number]): object {
  return {
    ChannelName: name,
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' } },
  }
}

/** Script mode reads each value as JSON. A number stays one; any other text reaches the script as it was typed, so it goes as a string. */
function encoded(value: string): string {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? value : JSON.stringify(value)
}
