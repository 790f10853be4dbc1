import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobEvent } from '../../../src/lifecycle/advance.ts'
import { recordEvent } from '../../../src/store/record-event.ts'
import { assertAnswer, modelOf, needsModelOf } from '../../support/service-model.ts'
import { channel, MINIMAL, sagemakerFixture, type SageMakerFixture } from './sagemaker-fixture.ts'

const ARN = 'arn:aws:sagemaker:us-east-1:111122223333:training-job/job-1'

test('Describe shows the defaults of behaviour 2.3 and nothing that was not given', async () => {
  await using fixture = await sagemakerFixture()
  const { StoppingCondition: _none, ...request } = {
    ...MINIMAL,
    InputDataConfig: [channel()],
    DebugHookConfig: { S3OutputPath: 's3://bucket/debug' },
  }
  await fixture.call('CreateTrainingJob', request)
  const described = await fixture.call('DescribeTrainingJob', { TrainingJobName: 'job-1' })
  const { CreationTime: _c, LastModifiedTime: _l, SecondaryStatusTransitions: _t, ...rest } = described
  assert.deepEqual(rest, {
    ...request,
    TrainingJobArn: ARN,
    TrainingJobStatus: 'InProgress',
    SecondaryStatus: 'Starting',
    AlgorithmSpecification: { ...MINIMAL.AlgorithmSpecification, EnableSageMakerMetricsTimeSeries: false },
    InputDataConfig: [
      {
        ...channel(
          { CompressionType: 'None', RecordWrapperType: 'None' },
          { S3DataDistributionType: 'FullyReplicated' },
        ),
      },
    ],
    OutputDataConfig: { KmsKeyId: '', S3OutputPath: 's3://bucket/out' },
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    DebugHookConfig: { CollectionConfigurations: [], S3OutputPath: 's3://bucket/debug' },
    EnableNetworkIsolation: false,
    EnableInterContainerTrafficEncryption: false,
    EnableManagedSpotTraining: false,
    ProfilingStatus: 'Disabled',
  })
})

test('the record has the request as it was sent, and begins it and its description with what both say in the same words', async () => {
  await using fixture = await sagemakerFixture()
  const request = {
    Tags: [{ Key: 'k', Value: 'v' }],
    ...MINIMAL,
    HyperParameters: { epochs: '3' },
    Environment: { A: 'b' },
  }
  await fixture.call('CreateTrainingJob', request)
  const job = await fixture.store.job(fixture.woken[0] ?? '')
  assert.ok(job)
  assert.deepEqual(JSON.parse(job.request), request)
  const { TrainingJobName, RoleArn, HyperParameters, Environment } = request
  const both = JSON.stringify({ TrainingJobName, RoleArn, HyperParameters, Environment })
  for (const text of [job.request, job.document]) assert.ok(text.startsWith(`${both.slice(0, -1)},`), text)
})

const SUCCESS: readonly JobEvent[] = [
  { kind: 'preparing' },
  { kind: 'downloading' },
  { kind: 'training' },
  { kind: 'command-ended', outcome: { kind: 'succeeded' } },
  {
    kind: 'finished',
    modelArtifacts: 's3://bucket/out/Job-1/output/model.tar.gz',
    finalMetrics: [{ name: 'loss', value: Math.fround(0.0036), timestamp: 1_700_000_003 }],
  },
]

/** Lets 1.25 s go by before each event. */
async function play(fixture: SageMakerFixture, events: readonly JobEvent[]): Promise<void> {
  for (const event of events) {
    await fixture.clock.advance(1250)
    const { kind } = await recordEvent(fixture.store, fixture.clock, { jobId: fixture.woken[0] ?? '', event })
    assert.equal(kind, 'recorded')
  }
}

async function describe(fixture: SageMakerFixture): Promise<Record<string, unknown>> {
  return fixture.call('DescribeTrainingJob', { TrainingJobName: 'Job-1' })
}

test('members appear when their moment has come, and times are those of the transitions', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', MINIMAL)
  await play(fixture, SUCCESS.slice(0, 3))
  const running = await describe(fixture)
  assert.equal(running['TrainingStartTime'], 1_700_000_002.623)
  assert.equal(running['TrainingTimeInSeconds'], 1)
  for (const name of ['TrainingEndTime', 'BillableTimeInSeconds', 'ModelArtifacts', 'FinalMetricDataList']) {
    assert.ok(!(name in running), name)
  }
  await fixture.clock.advance(10_000)
  assert.equal((await describe(fixture))['TrainingTimeInSeconds'], 11)
  await play(fixture, SUCCESS.slice(3))
  const ended = await describe(fixture)
  assert.deepEqual(ended['ModelArtifacts'], { S3ModelArtifacts: 's3://bucket/out/Job-1/output/model.tar.gz' })
  assert.deepEqual(ended['FinalMetricDataList'], [
    { MetricName: 'loss', Value: 0.003599999938160181, Timestamp: 1_700_000_003 },
  ])
  assert.deepEqual(
    [
      ended['TrainingEndTime'],
      ended['LastModifiedTime'],
      ended['TrainingTimeInSeconds'],
      ended['BillableTimeInSeconds'],
    ],
    [1_700_000_016.373, 1_700_000_016.373, 14, 14],
  )
  assert.deepEqual(ended['SecondaryStatusTransitions'], [
    transition('Starting', [0.123, 2.623], 'Preparing the instances for training'),
    transition('Downloading', [2.623, 3.873], 'Downloading input data'),
    transition('Training', [3.873, 15.123], 'Training image download completed. Training in progress.'),
    transition('Uploading', [15.123, 16.373], 'Uploading generated training model'),
    transition('Completed', [16.373, 16.373], 'Training job completed'),
  ])
})

function transition(Status: string, [start, end]: readonly [number, number], StatusMessage: string): object {
  const [StartTime, EndTime] = [start, end].map((seconds) => (1_700_000_000_000 + seconds * 1000) / 1000)
  return { Status, StartTime, EndTime, StatusMessage }
}

test('a job stopped before it downloads has an end and neither a start nor seconds', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', MINIMAL)
  await play(fixture, [{ kind: 'stop-requested', cause: 'user' }, { kind: 'finished' }])
  const stopped = await describe(fixture)
  assert.deepEqual(
    [stopped['TrainingJobStatus'], stopped['SecondaryStatus'], stopped['TrainingEndTime']],
    ['Stopped', 'Stopped', 1_700_000_002.623],
  )
  for (const name of ['TrainingStartTime', 'TrainingTimeInSeconds', 'BillableTimeInSeconds', 'FailureReason']) {
    assert.ok(!(name in stopped), name)
  }
})

test('a job that asks for a warm pool shows it in use, available, and then who has it and for how long it was kept', async () => {
  await using fixture = await sagemakerFixture()
  const ResourceConfig = { ...MINIMAL.ResourceConfig, KeepAlivePeriodInSeconds: 600 }
  await fixture.call('CreateTrainingJob', { ...MINIMAL, ResourceConfig })
  assert.deepEqual((await describe(fixture))['WarmPoolStatus'], { Status: 'InUse' })
  await play(fixture, SUCCESS)
  assert.deepEqual((await describe(fixture))['WarmPoolStatus'], { Status: 'Available' })
  await fixture.clock.advance(7000)
  await play(fixture, [{ kind: 'pool-reused', by: { jobId: 'b', name: 'job-2' } }])
  const WarmPoolStatus = { Status: 'Reused', ResourceRetainedBillableTimeInSeconds: 8, ReusedByJob: 'job-2' }
  assert.deepEqual((await describe(fixture))['WarmPoolStatus'], WarmPoolStatus)
  const Filters = [{ Name: 'WarmPoolStatus.ReusedByJob', Operator: 'Equals', Value: 'job-2' }]
  const found = await fixture.call('Search', { Resource: 'TrainingJob', SearchExpression: { Filters } })
  assert.equal((found['Results'] as object[]).length, 1)
})

test('values of hyperparameters that look like members of ours change nothing', async () => {
  await using fixture = await sagemakerFixture()
  const HyperParameters = {
    KeepAlivePeriodInSeconds: '600',
    text: '{"KeepAlivePeriodInSeconds":600}',
    ['__proto__']: 'x',
  }
  await fixture.call('CreateTrainingJob', { ...MINIMAL, HyperParameters, Novelty: 1 })
  const described = await describe(fixture)
  assert.ok(!('WarmPoolStatus' in described))
  assert.deepEqual(Object.entries(described['HyperParameters'] as object), Object.entries(HyperParameters))
})

/** Everything that is accepted and shown. */
const EVERYTHING = {
  ...MINIMAL,
  HyperParameters: { epochs: '5', empty: '' },
  Environment: { MODE: 'a\nb' },
  AlgorithmSpecification: {
    ...MINIMAL.AlgorithmSpecification,
    MetricDefinitions: [{ Name: 'loss', Regex: 'loss=([0-9.]+)' }],
    ContainerEntrypoint: ['python3'],
    ContainerArguments: ['train.py'],
    TrainingImageConfig: { TrainingRepositoryAccessMode: 'Platform' },
  },
  InputDataConfig: [channel({ ContentType: 'text/csv', InputMode: 'File', ShuffleConfig: { Seed: 1 } })],
  ResourceConfig: { ...MINIMAL.ResourceConfig, VolumeKmsKeyId: 'key', KeepAlivePeriodInSeconds: 0 },
  VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] },
  StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60, MaxPendingTimeInSeconds: 7200 },
  Tags: [{ Key: 'a', Value: 'b' }],
  EnableManagedSpotTraining: true,
  DebugHookConfig: { S3OutputPath: 's3://bucket/debug', HookParameters: { a: 'b' } },
  DebugRuleConfigurations: [{ RuleConfigurationName: 'r', RuleEvaluatorImage: 'i', InstanceType: 'ml.m5.large' }],
  TensorBoardOutputConfig: { S3OutputPath: 's3://bucket/board' },
  ExperimentConfig: { ExperimentName: 'e' },
  ProfilerConfig: { S3OutputPath: 's3://bucket/profile', ProfilingIntervalInMilliseconds: 500 },
  ProfilerRuleConfigurations: [{ RuleConfigurationName: 'r', RuleEvaluatorImage: 'i' }],
  RetryStrategy: { MaximumRetryAttempts: 2 },
  RemoteDebugConfig: { EnableRemoteDebug: true },
  InfraCheckConfig: { EnableInfraCheck: true },
  SessionChainingConfig: { EnableSessionTagChaining: true },
}

const FAILURE: readonly JobEvent[] = [
  ...SUCCESS.slice(0, 3),
  { kind: 'command-ended', outcome: { kind: 'failed', reason: 'AlgorithmError: , exit code: 1' } },
  { kind: 'finished' },
]

test(
  'answers have no member and no value that the model does not have, at any stage',
  needsModelOf('sagemaker'),
  async () => {
    const model = modelOf('sagemaker')
    for (const events of [SUCCESS, FAILURE]) {
      await using fixture = await sagemakerFixture()
      assertAnswer('CreateTrainingJobResponse', await fixture.call('CreateTrainingJob', EVERYTHING), model)
      for (const event of events) {
        await play(fixture, [event])
        assertAnswer('DescribeTrainingJobResponse', await describe(fixture), model)
        assertAnswer('ListTrainingJobsResponse', await fixture.call('ListTrainingJobs', { MaxResults: 1 }), model)
      }
    }
  },
)
