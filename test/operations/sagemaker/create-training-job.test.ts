import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MEMBERS } from '../../../src/operations/sagemaker/members.ts'
import { CreateTrainingJobRequest } from '../../../src/protocol/shapes/training-job.ts'
import { channel, MINIMAL, sagemakerFixture, type SageMakerFixture } from './sagemaker-fixture.ts'

const ARN = 'arn:aws:sagemaker:us-east-1:111122223333:training-job/job-1'

async function createdJournal(fixture: SageMakerFixture): Promise<Record<string, unknown>> {
  const [record] = await fixture.store.journal({ jobId: fixture.woken[0] ?? '', after: 0, limit: 1 })
  assert.equal(record?.kind, 'created')
  return record.data
}

test('Create answers the ARN with the name in lower case, and the job can be described at once', async () => {
  await using fixture = await sagemakerFixture()
  assert.deepEqual(await fixture.call('CreateTrainingJob', MINIMAL), { TrainingJobArn: ARN })
  assert.equal(fixture.woken.length, 1)
  const described = await fixture.call('DescribeTrainingJob', { TrainingJobName: 'Job-1' })
  assert.equal(described['TrainingJobStatus'], 'InProgress')
  assert.equal(described['SecondaryStatus'], 'Starting')
  assert.equal(described['CreationTime'], 1_700_000_000.123)
  assert.deepEqual(described['SecondaryStatusTransitions'], [
    { Status: 'Starting', StartTime: 1_700_000_000.123, StatusMessage: 'Starting the training job' },
  ])
})

test('a member that is shown but not done is listed in the first journal record, an unknown one neither shown nor refused', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', {
    ...MINIMAL,
    Novelty: { a: 1 },
    ResourceConfig: { ...MINIMAL.ResourceConfig, Turbo: true },
    ProfilerConfig: { DisableProfiler: false },
    VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] },
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 },
    RetryStrategy: { MaximumRetryAttempts: 3 },
    Tags: [{ Key: 'team', Value: 'a' }],
  })
  const data = await createdJournal(fixture)
  const listed = (data['notHonoured'] as { member: string }[]).map(({ member }) => member)
  assert.deepEqual(listed, ['ResourceConfig.VolumeSizeInGB', 'VpcConfig', 'ProfilerConfig'])
  assert.deepEqual((data['unknownMembers'] as string[]).toSorted(), ['Novelty', 'ResourceConfig.Turbo'])
  const described = JSON.stringify(await fixture.call('DescribeTrainingJob', { TrainingJobName: 'Job-1' }))
  assert.ok(!described.includes('Novelty') && !described.includes('Turbo') && !described.includes('team'))
  assert.deepEqual(await fixture.store.tags(fixture.woken[0] ?? ''), [{ key: 'team', value: 'a' }])
})

test('a repeated request is answered as the first was, and makes no second job', async () => {
  await using fixture = await sagemakerFixture()
  const circumstances = { invocationId: 'a099c1f2', bodyHash: 'same' }
  const request = { ...MINIMAL, InputDataConfig: [channel()] }
  const first = await fixture.call('CreateTrainingJob', request, circumstances)
  // The input is gone when the client asks again: the job exists nevertheless.
  await fixture.objects.delete('bucket', 'data/train/part-1')
  assert.deepEqual(await fixture.call('CreateTrainingJob', request, circumstances), first)
  assert.equal(fixture.woken.length, 1)
  const other = await fixture.refusal('CreateTrainingJob', MINIMAL, { ...circumstances, invocationId: 'another' })
  assert.equal(other.code, 'ResourceInUse')
})

test('a name is taken whatever its case, in its own account and region', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', MINIMAL)
  const refused = await fixture.refusal('CreateTrainingJob', { ...MINIMAL, TrainingJobName: 'JOB-1' })
  assert.equal(refused.code, 'ResourceInUse')
  assert.equal(
    refused.message,
    `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${ARN})`,
  )
  await fixture.call('CreateTrainingJob', MINIMAL, { region: 'eu-west-1' })
})

interface Refused {
  readonly what: string
  readonly change: object
  readonly text: RegExp | string
}

const spot = { EnableManagedSpotTraining: true }
const REFUSED: readonly Refused[] = [
  {
    what: 'an image that nothing stands for',
    change: { AlgorithmSpecification: { TrainingImage: 'me/own:1', TrainingInputMode: 'File' } },
    text: /^Cannot find the requested image: me\/own:1\. .*"me\/own:1": local\/python.*\/data\/trainyard\.yaml/,
  },
  {
    what: 'no image',
    change: { AlgorithmSpecification: { TrainingInputMode: 'File' } },
    text: 'Invalid training image. Please provide a valid Amazon Elastic Container Registry path of the Docker image to run.',
  },
  {
    what: 'MaxWait without spot',
    change: { StoppingCondition: { MaxWaitTimeInSeconds: 60 } },
    text: 'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true',
  },
  {
    what: 'spot without MaxWait',
    change: spot,
    text: 'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds',
  },
  {
    what: 'spot with a MaxWait below MaxRuntime',
    change: { ...spot, StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 59 } },
    text: 'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds',
  },
  {
    what: 'an input prefix without objects',
    change: { InputDataConfig: [channel({}, { S3Uri: 's3://bucket/none' })] },
    text:
      'No S3 objects found under S3 URL "s3://bucket/none" given in input data source. Please ensure that the bucket exists in the selected region (us-east-1), ' +
      `that objects exist under that S3 prefix, and that the role "${MINIMAL.RoleArn}" has "s3:ListBucket" permissions on bucket "bucket".`,
  },
  {
    what: 'an output bucket that does not exist',
    change: { OutputDataConfig: { S3OutputPath: 's3://nowhere/out' } },
    text: /^The bucket nowhere of OutputDataConfig\.S3OutputPath s3:\/\/nowhere\/out does not exist/,
  },
  {
    what: 'two channels of one name',
    change: { InputDataConfig: [channel(), channel()] },
    text: 'Duplicate channel name in InputDataConfig: train',
  },
  {
    what: 'a metric whose expression is none',
    change: {
      AlgorithmSpecification: { ...MINIMAL.AlgorithmSpecification, MetricDefinitions: [{ Name: 'loss', Regex: '(' }] },
    },
    text: /^Invalid regular expression of metric loss: /,
  },
  {
    what: 'a runtime beyond 28 days',
    change: { StoppingCondition: { MaxRuntimeInSeconds: 2_419_201 } },
    text: /'stoppingCondition\.maxRuntimeInSeconds' failed to satisfy constraint: Member must have value less than or equal to 2419200$/,
  },
  {
    what: 'no instance and no volume',
    change: { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 0, VolumeSizeInGB: 0 } },
    text:
      "2 validation errors detected: Value '0' at 'resourceConfig.instanceCount' failed to satisfy constraint: Member must have value greater than or equal to 1; " +
      "Value '0' at 'resourceConfig.volumeSizeInGB' failed to satisfy constraint: Member must have value greater than or equal to 1",
  },
  {
    what: 'an input that is not in S3',
    change: { InputDataConfig: [channel({}, { S3Uri: 'https://host/data' })] },
    text: 'S3Uri https://host/data of channel train is not of the form s3://bucket/prefix.',
  },
  {
    what: 'no resources',
    change: { ResourceConfig: null },
    text: "1 validation error detected: Value null at 'resourceConfig' failed to satisfy constraint: Member must not be null",
  },
  { what: 'a reserved tag', change: { Tags: [{ Key: 'aws:x', Value: '' }] }, text: /aws:x begins with aws:/ },
]

for (const { what, change, text } of REFUSED) {
  test(`${what} is refused with its text, and makes no job`, async () => {
    await using fixture = await sagemakerFixture()
    const error = await fixture.refusal('CreateTrainingJob', { ...MINIMAL, ...change })
    assert.equal(error.code, 'ValidationException')
    if (typeof text === 'string') assert.equal(error.message, text)
    else assert.match(error.message, text)
    assert.deepEqual(await fixture.store.unfinishedJobs(), [])
    assert.deepEqual(fixture.woken, [])
  })
}

const PROMISES: readonly (readonly [member: string, change: object])[] = [
  ['EnableInterContainerTrafficEncryption', { EnableInterContainerTrafficEncryption: true }],
  ['CheckpointConfig', { CheckpointConfig: { S3Uri: 's3://bucket/c' } }],
  [
    'OutputDataConfig.CompressionType',
    { OutputDataConfig: { S3OutputPath: 's3://bucket/o', CompressionType: 'NONE' } },
  ],
  ['InputDataConfig[0].InputMode', { InputDataConfig: [channel({ InputMode: 'Pipe' })] }],
  ['InputDataConfig[0].InputMode', { InputDataConfig: [channel({ InputMode: 'FastFile' })] }],
  [
    'InputDataConfig[0].DataSource.S3DataSource.S3DataType',
    { InputDataConfig: [channel({}, { S3DataType: 'ManifestFile' })] },
  ],
  [
    'InputDataConfig[0].DataSource.FileSystemDataSource',
    {
      InputDataConfig: [
        {
          ChannelName: 'c',
          DataSource: {
            FileSystemDataSource: {
              FileSystemId: 'fs-01234567',
              FileSystemAccessMode: 'ro',
              FileSystemType: 'EFS',
              DirectoryPath: '/',
            },
          },
        },
      ],
    },
  ],
  [
    'AlgorithmSpecification.AlgorithmName',
    { AlgorithmSpecification: { AlgorithmName: 'a', TrainingInputMode: 'File' } },
  ],
]

for (const [member, change] of PROMISES) {
  test(`${member} in ${JSON.stringify(change)} would be a false promise and is refused by name`, async () => {
    await using fixture = await sagemakerFixture()
    const error = await fixture.refusal('CreateTrainingJob', { ...MINIMAL, ...change })
    assert.equal(error.code, 'ValidationException')
    assert.ok(error.message.startsWith(`${member} is not supported by this server: `), error.message)
  })
}

test('a job that the runtime cannot run is refused with its reason', async () => {
  await using fixture = await sagemakerFixture()
  fixture.admission = { admitted: false, reason: 'python is out of reach' }
  const error = await fixture.refusal('CreateTrainingJob', MINIMAL)
  assert.deepEqual([error.code, error.message], ['ValidationException', 'python is out of reach'])
})

test('every member of the request, at every depth, has its row in the table', () => {
  const missing = leaves(CreateTrainingJobRequest as Shape, '').filter(
    (path) =>
      !MEMBERS.some((row) => path === row.path || path.startsWith(`${row.path}.`) || path.startsWith(`${row.path}[`)),
  )
  assert.deepEqual(missing, [])
  const unknown = MEMBERS.filter(({ path }) => !paths(CreateTrainingJobRequest as Shape, '').includes(path))
  assert.deepEqual(unknown, [])
})

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
}

function paths(shape: Shape, at: string): string[] {
  const below = Object.entries(shape.properties ?? {}).flatMap(([name, member]) =>
    paths(member, at === '' ? name : `${at}.${name}`),
  )
  return [at, ...below, ...(shape.items ? paths(shape.items, `${at}[]`) : [])]
}

function leaves(shape: Shape, at: string): string[] {
  if (shape.items?.properties) return leaves(shape.items, `${at}[]`)
  const members = Object.entries(shape.properties ?? {})
  return members.length === 0
    ? [at]
    : members.flatMap(([name, member]) => leaves(member, at === '' ? name : `${at}.${name}`))
}
