import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newJob } from '../../src/lifecycle/job.ts'
import { instanceSpec, type SpecParts } from '../../src/supervisor/instance-spec.ts'
import type { JobRequest } from '../../src/supervisor/job-request.ts'
import type { InstanceSpec } from '../../src/runtime/runtime.ts'
import { resources } from '../support/resources.ts'

const JOB = {
  id: 'id',
  account: '111122223333',
  region: 'eu-west-1',
  name: 'Job-1',
  arn: 'arn:job-1',
  version: 1,
  state: newJob(0),
  request: '{}',
  document: '{}',
}

const SERVER = {
  endpoint: 'http://10.0.2.1:8484',
  session: { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token' },
}

function specOf(request: Partial<JobRequest>, host: string, parts: Partial<SpecParts> = {}): InstanceSpec {
  const full = { TrainingJobName: 'Job-1', OutputDataConfig: { S3OutputPath: 's3://b/o' }, ...request } as JobRequest
  return instanceSpec(JOB, full, {
    id: { jobId: 'id', attempt: 1, host },
    environment: { name: 'e', python: '/usr/bin/python3' },
    resources: resources(host),
    network: 'job',
    networkInterface: 'eth0',
    logFile: '/log',
    logMaxBytes: 1,
    ...parts,
  })
}

function config(spec: InstanceSpec, name: string): unknown {
  return JSON.parse(spec.configFiles[name] ?? 'null')
}

test('resourceconfig.json of a plain job of twelve is that of AWS, its hosts sorted as text', () => {
  const spec = specOf({ ResourceConfig: { InstanceType: 'ml.g4dn.xlarge', InstanceCount: 12 } }, 'algo-2')
  const sorted = ['algo-1', 'algo-10', 'algo-11', 'algo-12', ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => `algo-${n}`)]
  assert.deepEqual(config(spec, 'resourceconfig.json'), {
    current_host: 'algo-2',
    current_instance_type: 'ml.g4dn.xlarge',
    current_group_name: 'homogeneousCluster',
    hosts: sorted,
    instance_groups: [{ instance_group_name: 'homogeneousCluster', instance_type: 'ml.g4dn.xlarge', hosts: sorted }],
    network_interface_name: 'eth0',
  })
  assert.deepEqual(spec.hosts.slice(0, 3), ['algo-1', 'algo-2', 'algo-3'])
})

const HETEROGENEOUS: Partial<JobRequest> = {
  AlgorithmSpecification: { TrainingInputMode: 'File', TrainingImage: 'e' },
  ResourceConfig: {
    InstanceGroups: [
      { InstanceGroupName: 'data', InstanceType: 'ml.c5.xlarge', InstanceCount: 1 },
      { InstanceGroupName: 'dnn', InstanceType: 'ml.g5.xlarge', InstanceCount: 2 },
    ],
  },
  InputDataConfig: [
    { ChannelName: 'all', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/a' } } },
    {
      ChannelName: 'images',
      DataSource: {
        S3DataSource: {
          S3DataType: 'S3Prefix',
          S3Uri: 's3://b/i',
          S3DataDistributionType: 'ShardedByS3Key',
          InstanceGroupNames: ['dnn'],
        },
      },
    },
  ],
}

test('the hosts of a heterogeneous job differ in the three current_ members alone', () => {
  const files = ['algo-1', 'algo-2', 'algo-3'].map((host) => config(specOf(HETEROGENEOUS, host), 'resourceconfig.json'))
  const common = {
    hosts: ['algo-1', 'algo-2', 'algo-3'],
    instance_groups: [
      { instance_group_name: 'data', instance_type: 'ml.c5.xlarge', hosts: ['algo-1'] },
      { instance_group_name: 'dnn', instance_type: 'ml.g5.xlarge', hosts: ['algo-2', 'algo-3'] },
    ],
    network_interface_name: 'eth0',
  }
  const own = (host: string, type: string, group: string) => ({
    current_host: host,
    current_instance_type: type,
    current_group_name: group,
    ...common,
  })
  assert.deepEqual(files, [
    own('algo-1', 'ml.c5.xlarge', 'data'),
    own('algo-2', 'ml.g5.xlarge', 'dnn'),
    own('algo-3', 'ml.g5.xlarge', 'dnn'),
  ])
})

test('a channel is listed, and has a folder, only on the hosts of its groups', () => {
  const all = { RecordWrapperType: 'None', S3DistributionType: 'FullyReplicated', TrainingInputMode: 'File' }
  const images = { ...all, S3DistributionType: 'ShardedByS3Key' }
  const [first, second] = [specOf(HETEROGENEOUS, 'algo-1'), specOf(HETEROGENEOUS, 'algo-2')]
  assert.deepEqual(config(first, 'inputdataconfig.json'), { all })
  assert.deepEqual(first.channels, ['all'])
  assert.deepEqual(config(second, 'inputdataconfig.json'), { all, images })
  assert.deepEqual(second.channels, ['all', 'images'])
})

test('the job gets its session’s keys and the address of this server', () => {
  const { variables } = specOf({ Environment: { MINE: '1' } }, 'algo-1', { server: SERVER })
  assert.equal(variables['AWS_ACCESS_KEY_ID'], 'ASIA')
  assert.equal(variables['AWS_SECRET_ACCESS_KEY'], 'secret')
  assert.equal(variables['AWS_SESSION_TOKEN'], 'token')
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'S3_ENDPOINT_URL'])
    assert.equal(variables[name], 'http://10.0.2.1:8484')
  assert.equal(variables['MINE'], '1')
})

test('neither keys nor an address reach an isolated job', () => {
  const spec = specOf({ EnableNetworkIsolation: true }, 'algo-1', { network: 'isolated' })
  assert.deepEqual(spec.variables, {
    TRAINING_JOB_NAME: 'Job-1',
    TRAINING_JOB_ARN: 'arn:job-1',
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
  })
})
