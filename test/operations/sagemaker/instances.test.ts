import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channel, MINIMAL, sagemakerFixture } from './sagemaker-fixture.ts'

const DATA = { InstanceGroupName: 'data', InstanceType: 'ml.c5.xlarge', InstanceCount: 2 }
const DNN = { InstanceGroupName: 'dnn', InstanceType: 'ml.m5.large', InstanceCount: 1 }

test('the runtime is asked for as many instances as there are, and for the network that they need', async () => {
  await using fixture = await sagemakerFixture()
  const requests = [
    {},
    { EnableNetworkIsolation: true },
    { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2 } },
    { ResourceConfig: { InstanceGroups: [DATA, DNN] }, EnableNetworkIsolation: true },
  ]
  for (const [index, change] of requests.entries())
    await fixture.call('CreateTrainingJob', { ...MINIMAL, ...change, TrainingJobName: `job-${index}` })
  assert.deepEqual(
    fixture.asked.map(({ hosts, network }) => [hosts, network]),
    [
      [1, 'machine'],
      [1, 'isolated'],
      [2, 'job'],
      [3, 'isolated'],
    ],
  )
})

test('groups are described as they were asked for, an empty list of them not at all', async () => {
  await using fixture = await sagemakerFixture()
  const groups = { InstanceGroups: [DATA, DNN], VolumeSizeInGB: 10 }
  await fixture.call('CreateTrainingJob', {
    ...MINIMAL,
    ResourceConfig: groups,
    InputDataConfig: [channel({}, { InstanceGroupNames: ['dnn'] })],
  })
  const described = await fixture.call('DescribeTrainingJob', { TrainingJobName: 'Job-1' })
  assert.deepEqual(described['ResourceConfig'], groups)
  assert.match(JSON.stringify(described['InputDataConfig']), /"InstanceGroupNames":\["dnn"\]/)

  const plain = { ...MINIMAL, TrainingJobName: 'plain' }
  await fixture.call('CreateTrainingJob', { ...plain, ResourceConfig: { ...plain.ResourceConfig, InstanceGroups: [] } })
  const other = await fixture.call('DescribeTrainingJob', { TrainingJobName: 'plain' })
  assert.deepEqual(other['ResourceConfig'], MINIMAL.ResourceConfig)
})

const REFUSED: readonly (readonly [what: string, change: object, text: string])[] = [
  [
    'groups beside a type and a count',
    { ResourceConfig: { ...MINIMAL.ResourceConfig, InstanceGroups: [DATA] } },
    'ResourceConfig.InstanceGroups cannot be given together with ResourceConfig.InstanceType or ResourceConfig.InstanceCount.',
  ],
  [
    'two groups of one name',
    { ResourceConfig: { InstanceGroups: [DATA, { ...DNN, InstanceGroupName: 'data' }] } },
    'Duplicate instance group name in ResourceConfig.InstanceGroups: data',
  ],
  [
    'a group without an instance',
    { ResourceConfig: { InstanceGroups: [DATA, { ...DNN, InstanceCount: 0 }] } },
    "1 validation error detected: Value '0' at 'resourceConfig.instanceGroups.2.member.instanceCount' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    'neither groups nor a type',
    { ResourceConfig: { InstanceGroups: [], VolumeSizeInGB: 1 } },
    "2 validation errors detected: Value null at 'resourceConfig.instanceType' failed to satisfy constraint: Member must not be null; " +
      "Value null at 'resourceConfig.instanceCount' failed to satisfy constraint: Member must not be null",
  ],
  [
    'a channel for a group that does not exist',
    {
      ResourceConfig: { InstanceGroups: [DATA] },
      InputDataConfig: [channel({}, { InstanceGroupNames: ['data', 'dnn'] })],
    },
    'Channel train names the instance group dnn, which is not in ResourceConfig.InstanceGroups.',
  ],
  [
    'a channel for a group where there is none',
    { InputDataConfig: [channel({}, { InstanceGroupNames: ['homogeneousCluster'] })] },
    'Channel train names the instance group homogeneousCluster, which is not in ResourceConfig.InstanceGroups.',
  ],
  [
    'more instances than the runtime has',
    { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2_000_000_000 } },
    'ResourceConfig asks for 2000000000 instances, and this server runs at most 4 in one job.',
  ],
]

for (const [what, change, text] of REFUSED) {
  test(`${what} is refused with its text, and makes no job`, async () => {
    await using fixture = await sagemakerFixture()
    const error = await fixture.refusal('CreateTrainingJob', { ...MINIMAL, ...change })
    assert.deepEqual([error.code, error.message], ['ValidationException', text])
    assert.deepEqual(fixture.woken, [])
  })
}

test('a runtime without networks of its own refuses isolation, rather than to promise it', async () => {
  await using fixture = await sagemakerFixture()
  fixture.capabilities = { hosts: 1, optMl: true }
  const error = await fixture.refusal('CreateTrainingJob', { ...MINIMAL, EnableNetworkIsolation: true })
  assert.equal(
    error.message,
    'EnableNetworkIsolation is not supported by this server: its jobs can have the network of the machine only.',
  )
  await fixture.call('CreateTrainingJob', { ...MINIMAL, EnableNetworkIsolation: false })
})
