import type { CreateTrainingJobRequest } from '../../protocol/shapes/training-job.ts'
import type { AdmissionRequest, RuntimeCapabilities } from '../../runtime/runtime.ts'

type Resources = CreateTrainingJobRequest['ResourceConfig']

/** Paths of the counts that ask for no instance, which the model lets through (behaviour 6.2). */
export function noInstances(resources: Resources): string[] {
  const { InstanceCount: count, InstanceGroups: groups = [] } = resources ?? {}
  return [
    ...(count === 0 ? ['resourceConfig.instanceCount'] : []),
    ...groups.flatMap(({ InstanceCount }, index) =>
      InstanceCount === 0 ? [`resourceConfig.instanceGroups.${index + 1}.member.instanceCount`] : [],
    ),
  ]
}

/** Paths of the members without which it is not said what instances are wanted: optional in the model for serverless jobs and for groups. */
export function noResources(resources: Resources): string[] {
  if (!resources) return ['resourceConfig']
  if (resources.InstanceGroups?.length) return []
  return [
    ...(resources.InstanceType === undefined ? ['resourceConfig.instanceType'] : []),
    ...(resources.InstanceCount === undefined ? ['resourceConfig.instanceCount'] : []),
  ]
}

/** Behaviour 8.3; AWS's texts for these are unknown. */
export function instanceGroups(request: CreateTrainingJobRequest): string | undefined {
  const { InstanceGroups: groups = [], InstanceType: type, InstanceCount: count } = request.ResourceConfig ?? {}
  if (groups.length > 0 && (type !== undefined || count !== undefined))
    return 'ResourceConfig.InstanceGroups cannot be given together with ResourceConfig.InstanceType or ResourceConfig.InstanceCount.'
  const names = groups.map(({ InstanceGroupName: name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return `Duplicate instance group name in ResourceConfig.InstanceGroups: ${twice}`
  return unknownGroup(request, names)
}

function unknownGroup({ InputDataConfig: channels = [] }: CreateTrainingJobRequest, names: readonly string[]) {
  for (const { ChannelName, DataSource } of channels) {
    const unknown = DataSource.S3DataSource?.InstanceGroupNames?.find((name) => !names.includes(name))
    if (unknown !== undefined)
      return `Channel ${ChannelName} names the instance group ${unknown}, which is not in ResourceConfig.InstanceGroups.`
  }
  return undefined
}

/** What no job of this server can have, where its runtime has not said so itself. */
export function beyondRuntime(
  { hosts: most, jobNetwork }: RuntimeCapabilities,
  { hosts, network }: Pick<AdmissionRequest, 'hosts' | 'network'>,
): string | undefined {
  if (hosts > most)
    return `ResourceConfig asks for ${hosts} instances, and this server runs at most ${most} in one job.`
  if (network === 'machine' || jobNetwork) return undefined
  return 'EnableNetworkIsolation is not supported by this server: its jobs can have the network of the machine only.'
}
