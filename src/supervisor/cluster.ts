import type { NetworkKind } from '../runtime/runtime.ts'
import type { InputChannel, JobRequest } from './job-request.ts'

/** Instances of one type. */
export interface InstanceGroup {
  readonly name: string
  readonly instanceType: string
  /** In numeric order. */
  readonly hosts: readonly string[]
}

/** The instances that a job asks for. */
export interface Cluster {
  /** In the order of the request; a plain job has one. */
  readonly groups: readonly InstanceGroup[]
  /** `algo-1` … `algo-N`, in numeric order. */
  readonly hosts: readonly string[]
}

type Resources = Pick<JobRequest, 'ResourceConfig'>

/** The name of the one group that a job without groups has (behaviour 3.5). */
const HOMOGENEOUS = 'homogeneousCluster'

/** How many instances a request asks for, however many that are. */
export function hostCount(request: Resources): number {
  return groupsOf(request).reduce((sum, { InstanceCount }) => sum + InstanceCount, 0)
}

/** A single instance without isolation keeps the host's network (process runtime page, 1). */
export function networkOf(request: Resources & Pick<JobRequest, 'EnableNetworkIsolation'>): NetworkKind {
  if (request.EnableNetworkIsolation) return 'isolated'
  return hostCount(request) > 1 ? 'job' : 'machine'
}

/** Hosts are numbered through all groups in the order of the request (behaviour 8.3, unknown on AWS). */
export function clusterOf(request: Resources): Cluster {
  let before = 0
  const groups = groupsOf(request).map(
    ({ InstanceGroupName: name, InstanceType: instanceType, InstanceCount: size }) => {
      const first = before + 1
      before += size
      return { name, instanceType, hosts: Array.from({ length: size }, (_, index) => `algo-${first + index}`) }
    },
  )
  return { groups, hosts: groups.flatMap(({ hosts }) => hosts) }
}

/** The groups of a request as it gives them: no host has a name yet, so however many are asked for costs nothing. */
export function groupsOf({ ResourceConfig: resources = {} }: Resources) {
  const { InstanceGroups: groups = [], InstanceType = '', InstanceCount = 1 } = resources
  // The type of a request that Create accepted is one of the model's.
  return groups.length > 0 ? groups : [{ InstanceGroupName: HOMOGENEOUS, InstanceType, InstanceCount }]
}

/** The hosts that get a channel, in numeric order: those of the groups that it names, or all (behaviour 4.7, unknown on AWS). */
export function channelHosts(cluster: Cluster, { DataSource }: InputChannel): readonly string[] {
  const names = DataSource.S3DataSource?.InstanceGroupNames ?? []
  if (names.length === 0) return cluster.hosts
  return cluster.groups.filter(({ name }) => names.includes(name)).flatMap(({ hosts }) => hosts)
}

/** The channels that a host gets, in the order of the request. */
export function channelsOfHost(request: JobRequest, cluster: Cluster, host: string): readonly InputChannel[] {
  return (request.InputDataConfig ?? []).filter((channel) => channelHosts(cluster, channel).includes(host))
}
