import { flag, list, long, map, optional, structure, text } from './declare.ts'
import { AlgorithmImage, DirectoryPath, OptionalVolumeSizeInGB, S3Uri } from './common.ts'
import { ProcessingInstanceType } from './processing-instance-types.ts'

/** Debugger and profiler: accepted and echoed, run by nobody here. Members, limits and patterns as the service's model has them; a test compares them. */

export const ConfigKey = text({ min: 1, max: 256, pattern: '.*' })

export const ConfigValue = text({ min: 0, max: 256, pattern: '.*' })

export const HookParameters = map(ConfigKey, ConfigValue, { min: 0, max: 20 })

export const CollectionName = text({ min: 1, max: 256, pattern: '.*' })

export const CollectionParameters = map(ConfigKey, ConfigValue, { min: 0, max: 20 })

export const CollectionConfiguration = structure({
  CollectionName: optional(CollectionName),
  CollectionParameters: optional(CollectionParameters),
})

export const CollectionConfigurations = list(CollectionConfiguration, { min: 0, max: 20 })

export const DebugHookConfig = structure({
  LocalPath: optional(DirectoryPath),
  S3OutputPath: S3Uri,
  HookParameters: optional(HookParameters),
  CollectionConfigurations: optional(CollectionConfigurations),
})

export const RuleConfigurationName = text({ min: 1, max: 256, pattern: '.*' })

export const RuleParameters = map(ConfigKey, ConfigValue, { min: 0, max: 100 })

export const DebugRuleConfiguration = structure({
  RuleConfigurationName: RuleConfigurationName,
  LocalPath: optional(DirectoryPath),
  S3OutputPath: optional(S3Uri),
  RuleEvaluatorImage: AlgorithmImage,
  InstanceType: optional(ProcessingInstanceType),
  VolumeSizeInGB: optional(OptionalVolumeSizeInGB),
  RuleParameters: optional(RuleParameters),
})

export const DebugRuleConfigurations = list(DebugRuleConfiguration, { min: 0, max: 20 })

export const ProfilingIntervalInMilliseconds = long()

export const ProfilingParameters = map(ConfigKey, ConfigValue, { min: 0, max: 20 })

export const DisableProfiler = flag()

export const ProfilerConfig = structure({
  S3OutputPath: optional(S3Uri),
  ProfilingIntervalInMilliseconds: optional(ProfilingIntervalInMilliseconds),
  ProfilingParameters: optional(ProfilingParameters),
  DisableProfiler: optional(DisableProfiler),
})

export const ProfilerRuleConfiguration = structure({
  RuleConfigurationName: RuleConfigurationName,
  LocalPath: optional(DirectoryPath),
  S3OutputPath: optional(S3Uri),
  RuleEvaluatorImage: AlgorithmImage,
  InstanceType: optional(ProcessingInstanceType),
  VolumeSizeInGB: optional(OptionalVolumeSizeInGB),
  RuleParameters: optional(RuleParameters),
})

export const ProfilerRuleConfigurations = list(ProfilerRuleConfiguration, { min: 0, max: 20 })
