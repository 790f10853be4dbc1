import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { channelHosts, channelsOfHost, clusterOf, hostCount, networkOf } from '../../src/supervisor/cluster.ts'
import type { InputChannel, JobRequest } from '../../src/supervisor/job-request.ts'

const GROUPS = {
  ResourceConfig: {
    InstanceGroups: [
      { InstanceGroupName: 'data', InstanceType: 'ml.c5.xlarge', InstanceCount: 2 },
      { InstanceGroupName: 'dnn', InstanceType: 'ml.m5.large', InstanceCount: 1 },
    ],
  },
} satisfies Pick<JobRequest, 'ResourceConfig'>

function channel(name: string, groups?: string[]): InputChannel {
  const source = {
    S3DataType: 'S3Prefix',
    S3Uri: 's3://b/x',
    ...(groups ? { InstanceGroupNames: groups } : {}),
  } as const
  return { ChannelName: name, DataSource: { S3DataSource: source } }
}

test('a plain job is one group with the name that AWS gives it', () => {
  const cluster = clusterOf({ ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 3 } })
  const hosts = ['algo-1', 'algo-2', 'algo-3']
  assert.deepEqual(cluster, { groups: [{ name: 'homogeneousCluster', instanceType: 'ml.m5.large', hosts }], hosts })
})

test('hosts are numbered through the groups in the order of the request', () => {
  assert.deepEqual(clusterOf(GROUPS), {
    groups: [
      { name: 'data', instanceType: 'ml.c5.xlarge', hosts: ['algo-1', 'algo-2'] },
      { name: 'dnn', instanceType: 'ml.m5.large', hosts: ['algo-3'] },
    ],
    hosts: ['algo-1', 'algo-2', 'algo-3'],
  })
})

test('a channel goes to the groups that it names, and to every host where it names none', () => {
  const cluster = clusterOf(GROUPS)
  assert.deepEqual(channelHosts(cluster, channel('c')), cluster.hosts)
  assert.deepEqual(channelHosts(cluster, channel('c', [])), cluster.hosts)
  assert.deepEqual(channelHosts(cluster, channel('c', ['dnn'])), ['algo-3'])
  assert.deepEqual(channelHosts(cluster, channel('c', ['dnn', 'data', 'dnn'])), cluster.hosts)
  const request = { InputDataConfig: [channel('all'), channel('some', ['dnn'])] } as unknown as JobRequest
  const names = (host: string) => channelsOfHost(request, cluster, host).map(({ ChannelName }) => ChannelName)
  assert.deepEqual([names('algo-1'), names('algo-3')], [['all'], ['all', 'some']])
})

test('whatever the groups, every host is in one of them and the numbers have no gap', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(sizes, (counts) => {
      const InstanceGroups = counts.map((InstanceCount, index) => ({
        InstanceGroupName: `g${index}`,
        InstanceType: 'ml.m5.large' as const,
        InstanceCount,
      }))
      const request = { ResourceConfig: { InstanceGroups } }
      const { groups, hosts } = clusterOf(request)
      assert.equal(hosts.length, hostCount(request))
      assert.deepEqual(
        hosts,
        hosts.map((_, index) => `algo-${index + 1}`),
      )
      assert.deepEqual(
        groups.map((group) => group.hosts.length),
        counts,
      )
      assert.deepEqual(
        groups.flatMap((group) => group.hosts),
        hosts,
      )
    }),
  )
})

test('only a single instance without isolation has the network of the machine', () => {
  const one = { ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1 } }
  assert.equal(networkOf(one), 'machine')
  assert.equal(networkOf({ ...one, EnableNetworkIsolation: false }), 'machine')
  assert.equal(networkOf({ ...one, EnableNetworkIsolation: true }), 'isolated')
  assert.equal(networkOf(GROUPS), 'job')
  assert.equal(networkOf({ ...GROUPS, EnableNetworkIsolation: true }), 'isolated')
})
