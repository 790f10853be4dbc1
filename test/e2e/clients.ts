import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  type CreateTrainingJobCommandInput,
  type DescribeTrainingJobCommandOutput,
} from '@aws-sdk/client-sagemaker'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

/** Real clients of one server, with its owner's key. */
export interface Clients {
  /** The default bucket. */
  readonly bucket: string
  readonly sagemaker: SageMakerClient
  readonly s3: S3Client
  readonly logs: CloudWatchLogsClient
}

export async function clientsOf(data: string, endpoint: string): Promise<Clients> {
  const identity = JSON.parse(await readFile(join(data, 'identity.json'), 'utf8')) as Record<string, string>
  const { accessKeyId = '', secretAccessKey = '', region = '', defaultBucket = '' } = identity
  const client = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
  return {
    bucket: defaultBucket,
    sagemaker: new SageMakerClient(client),
    s3: new S3Client(client),
    logs: new CloudWatchLogsClient(client),
  }
}

/** Submits a job that runs a shell script. @returns its name */
export async function submit(
  server: Clients,
  script: string,
  request: Partial<CreateTrainingJobCommandInput> = {},
): Promise<string> {
  const name = request.TrainingJobName ?? `job-${process.hrtime.bigint().toString(36)}`
  await server.sagemaker.send(
    new CreateTrainingJobCommand({
      RoleArn: 'arn:aws:iam::111122223333:role/service-role/Role',
      AlgorithmSpecification: {
        TrainingImage: 'local/python',
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['sh', '-c'],
        ContainerArguments: [script],
      },
      OutputDataConfig: { S3OutputPath: `s3://${server.bucket}/out` },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      ...request,
      TrainingJobName: name,
    }),
  )
  return name
}

export async function describe(server: Clients, name: string): Promise<DescribeTrainingJobCommandOutput> {
  return server.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }))
}

/** Asks until the job's record is as wanted; each question is a round trip, so there is no busy waiting, and the test's own time limit bounds it. */
export async function until(
  server: Clients,
  name: string,
  wanted: (job: DescribeTrainingJobCommandOutput) => boolean,
): Promise<DescribeTrainingJobCommandOutput> {
  for (;;) {
    const job = await describe(server, name)
    if (wanted(job)) return job
  }
}

export function ended(server: Clients, name: string): Promise<DescribeTrainingJobCommandOutput> {
  return until(
    server,
    name,
    ({ TrainingJobStatus: status }) => status === 'Completed' || status === 'Failed' || status === 'Stopped',
  )
}

export function inStage(server: Clients, name: string, stage: string): Promise<DescribeTrainingJobCommandOutput> {
  return until(server, name, ({ SecondaryStatus }) => SecondaryStatus === stage)
}

export function statusesOf(job: DescribeTrainingJobCommandOutput): string[] {
  return (job.SecondaryStatusTransitions ?? []).map(({ Status }) => Status ?? '')
}

/** Every line that the job's streams hold now. */
export async function linesOf(server: Clients, name: string): Promise<string[]> {
  const logGroupName = '/aws/sagemaker/TrainingJobs'
  const { logStreams = [] } = await server.logs.send(
    new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: `${name}/` }),
  )
  const lines: string[] = []
  for (const { logStreamName } of logStreams) {
    const page = await server.logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true }))
    lines.push(...(page.events ?? []).map(({ message }) => message ?? ''))
  }
  return lines
}

/** Waits until a job has printed a line. */
export async function printed(server: Clients, name: string, line: string): Promise<void> {
  // Until the job's stream exists there is no group either.
  const seen = async () => (await linesOf(server, name).catch((): string[] => [])).includes(line)
  while (!(await seen()));
}

export async function put(server: Clients, key: string, body: string): Promise<void> {
  await server.s3.send(new PutObjectCommand({ Bucket: server.bucket, Key: key, Body: body }))
}

export async function get(server: Clients, key: string): Promise<Buffer> {
  const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: server.bucket, Key: key }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

/** A channel of everything below a prefix of the default bucket. */
export function channelOf(server: Clients, name: string, prefix: string) {
  const source = { S3DataType: 'S3Prefix', S3Uri: `s3://${server.bucket}/${prefix}` } as const
  return { ChannelName: name, DataSource: { S3DataSource: source } }
}
