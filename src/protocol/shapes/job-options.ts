import { flag, list, map, optional, structure, text } from './declare.ts'

/** Hyperparameters, environment, tags, experiments and small switches. Members, limits and patterns as the service's model has them; a test compares them. */

export const HyperParameterKey = text({ min: 0, max: 256, pattern: '.*' })

export const HyperParameterValue = text({ min: 0, max: 2500, pattern: '.*' })

export const HyperParameters = map(HyperParameterKey, HyperParameterValue, { min: 0, max: 100 })

export const TagKey = text({ min: 1, max: 128, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })

export const TagValue = text({ min: 0, max: 256, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })

export const Tag = structure({
  Key: TagKey,
  Value: TagValue,
})

export const TagList = list(Tag, { min: 0, max: 50 })

export const ExperimentEntityName = text({ min: 1, max: 120, pattern: '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}' })

export const ExperimentConfig = structure({
  ExperimentName: optional(ExperimentEntityName),
  TrialName: optional(ExperimentEntityName),
  TrialComponentDisplayName: optional(ExperimentEntityName),
  RunName: optional(ExperimentEntityName),
})

export const TrainingEnvironmentKey = text({ min: 0, max: 512, pattern: '[a-zA-Z_][a-zA-Z0-9_]*' })

export const TrainingEnvironmentValue = text({ min: 0, max: 512, pattern: '[\\S\\s]*' })

export const TrainingEnvironmentMap = map(TrainingEnvironmentKey, TrainingEnvironmentValue, { min: 0, max: 100 })

export const EnableRemoteDebug = flag()

export const RemoteDebugConfig = structure({
  EnableRemoteDebug: optional(EnableRemoteDebug),
})

export const EnableInfraCheck = flag()

export const InfraCheckConfig = structure({
  EnableInfraCheck: optional(EnableInfraCheck),
})

export const EnableSessionTagChaining = flag()

export const SessionChainingConfig = structure({
  EnableSessionTagChaining: optional(EnableSessionTagChaining),
})
