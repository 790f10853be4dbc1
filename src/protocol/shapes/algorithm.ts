import { choice, list, optional, structure, text } from './declare.ts'
import { AlgorithmImage, Boolean, TrainingInputMode } from './common.ts'

/** AlgorithmSpecification: image, command, metrics. Members, limits and patterns as the service's model has them; a test compares them. */

export const ArnOrName = text({
  min: 1,
  max: 170,
  pattern: '(arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:[a-z\\-]*\\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)',
})

export const MetricName = text({ min: 1, max: 255, pattern: '.+' })

export const MetricRegex = text({ min: 1, max: 500, pattern: '.+' })

export const MetricDefinition = structure({
  Name: MetricName,
  Regex: MetricRegex,
})

export const MetricDefinitionList = list(MetricDefinition, { min: 0, max: 40 })

export const TrainingContainerEntrypointString = text({ min: 0, max: 256, pattern: '.*' })

export const TrainingContainerEntrypoint = list(TrainingContainerEntrypointString, { min: 1, max: 100 })

export const TrainingContainerArgument = text({ min: 0, max: 256, pattern: '.*' })

export const TrainingContainerArguments = list(TrainingContainerArgument, { min: 1, max: 100 })

export const TrainingRepositoryAccessMode = choice(['Platform', 'Vpc'])

export const TrainingRepositoryCredentialsProviderArn = text({
  min: 1,
  max: 2048,
  pattern: 'arn:[\\p{Alnum}\\-]+:lambda:[\\p{Alnum}\\-]+:[0-9]{12}:function:.*',
})

export const TrainingRepositoryAuthConfig = structure({
  TrainingRepositoryCredentialsProviderArn: TrainingRepositoryCredentialsProviderArn,
})

export const TrainingImageConfig = structure({
  TrainingRepositoryAccessMode: TrainingRepositoryAccessMode,
  TrainingRepositoryAuthConfig: optional(TrainingRepositoryAuthConfig),
})

export const AlgorithmSpecification = structure({
  TrainingImage: optional(AlgorithmImage),
  AlgorithmName: optional(ArnOrName),
  TrainingInputMode: TrainingInputMode,
  MetricDefinitions: optional(MetricDefinitionList),
  EnableSageMakerMetricsTimeSeries: optional(Boolean),
  ContainerEntrypoint: optional(TrainingContainerEntrypoint),
  ContainerArguments: optional(TrainingContainerArguments),
  TrainingImageConfig: optional(TrainingImageConfig),
})
