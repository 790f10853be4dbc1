import type { Static } from 'typebox'
import { integer, list, optional, structure, text } from './declare.ts'
import { Boolean, InstanceGroupName, KmsKeyId, OptionalVolumeSizeInGB } from './common.ts'
import { TrainingInstanceType } from './instance-types.ts'

/** Instances, network, time limits, retries. Members, limits and patterns as the service's model has them; a test compares them. */

export const TrainingInstanceCount = integer({ min: 0 })

export const KeepAlivePeriodInSeconds = integer({ min: 0, max: 21600 })

export const InstanceGroup = structure({
  InstanceType: TrainingInstanceType,
  InstanceCount: TrainingInstanceCount,
  InstanceGroupName: InstanceGroupName,
})

export const InstanceGroups = list(InstanceGroup, { min: 0, max: 5 })

export const TrainingPlanArn = text({
  min: 50,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:training-plan/.*',
})

export const String256 = text({ min: 0, max: 256 })

export const PlacementSpecification = structure({
  UltraServerId: optional(String256),
  InstanceCount: TrainingInstanceCount,
})

export const PlacementSpecifications = list(PlacementSpecification, { min: 0, max: 10 })

export const InstancePlacementConfig = structure({
  EnableMultipleJobs: optional(Boolean),
  PlacementSpecifications: optional(PlacementSpecifications),
})

export const ResourceConfig = structure({
  InstanceType: optional(TrainingInstanceType),
  InstanceCount: optional(TrainingInstanceCount),
  VolumeSizeInGB: optional(OptionalVolumeSizeInGB),
  VolumeKmsKeyId: optional(KmsKeyId),
  KeepAlivePeriodInSeconds: optional(KeepAlivePeriodInSeconds),
  InstanceGroups: optional(InstanceGroups),
  TrainingPlanArn: optional(TrainingPlanArn),
  InstancePlacementConfig: optional(InstancePlacementConfig),
})
export type ResourceConfig = Static<typeof ResourceConfig>

export const SecurityGroupId = text({ min: 0, max: 32, pattern: '[-0-9a-zA-Z]+' })

export const VpcSecurityGroupIds = list(SecurityGroupId, { min: 1, max: 5 })

export const SubnetId = text({ min: 0, max: 32, pattern: '[-0-9a-zA-Z]+' })

export const Subnets = list(SubnetId, { min: 1, max: 16 })

export const VpcConfig = structure({
  SecurityGroupIds: VpcSecurityGroupIds,
  Subnets: Subnets,
})

export const MaxRuntimeInSeconds = integer({ min: 1 })

export const MaxWaitTimeInSeconds = integer({ min: 1 })

export const MaxPendingTimeInSeconds = integer({ min: 7200, max: 2419200 })

export const StoppingCondition = structure({
  MaxRuntimeInSeconds: optional(MaxRuntimeInSeconds),
  MaxWaitTimeInSeconds: optional(MaxWaitTimeInSeconds),
  MaxPendingTimeInSeconds: optional(MaxPendingTimeInSeconds),
})

export const MaximumRetryAttempts = integer({ min: 1, max: 30 })

export const RetryStrategy = structure({
  MaximumRetryAttempts: MaximumRetryAttempts,
})
