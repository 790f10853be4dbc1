import type { Static } from 'typebox'
import { choice, integer, optional, structure, text, timestamp } from './declare.ts'
import { AlgorithmSpecification } from './algorithm.ts'
import { InputDataConfig } from './channels.ts'
import { Boolean, S3Uri } from './common.ts'
import {
  DebugHookConfig,
  DebugRuleConfigurations,
  DisableProfiler,
  ProfilerConfig,
  ProfilerRuleConfigurations,
  ProfilingIntervalInMilliseconds,
  ProfilingParameters,
} from './debugger.ts'
import {
  EnableRemoteDebug,
  ExperimentConfig,
  HyperParameters,
  InfraCheckConfig,
  RemoteDebugConfig,
  SessionChainingConfig,
  TagList,
  TrainingEnvironmentMap,
} from './job-options.ts'
import { MlflowConfig, ModelPackageConfig, ServerlessJobConfig } from './model-customization.ts'
import { CheckpointConfig, OutputDataConfig, TensorBoardOutputConfig } from './outputs.ts'
import {
  KeepAlivePeriodInSeconds,
  ResourceConfig,
  RetryStrategy,
  StoppingCondition,
  TrainingPlanArn,
  VpcConfig,
} from './resources.ts'

/** The requests of the operations on training jobs. Members, limits and patterns as the service's model has them; a test compares them. */

export const TrainingJobName = text({ min: 1, max: 63, pattern: '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}' })

export const RoleArn = text({
  min: 20,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
})

export const CreateTrainingJobRequest = structure({
  TrainingJobName: TrainingJobName,
  HyperParameters: optional(HyperParameters),
  AlgorithmSpecification: optional(AlgorithmSpecification),
  RoleArn: RoleArn,
  InputDataConfig: optional(InputDataConfig),
  OutputDataConfig: OutputDataConfig,
  ResourceConfig: optional(ResourceConfig),
  VpcConfig: optional(VpcConfig),
  StoppingCondition: optional(StoppingCondition),
  Tags: optional(TagList),
  EnableNetworkIsolation: optional(Boolean),
  EnableInterContainerTrafficEncryption: optional(Boolean),
  EnableManagedSpotTraining: optional(Boolean),
  CheckpointConfig: optional(CheckpointConfig),
  DebugHookConfig: optional(DebugHookConfig),
  DebugRuleConfigurations: optional(DebugRuleConfigurations),
  TensorBoardOutputConfig: optional(TensorBoardOutputConfig),
  ExperimentConfig: optional(ExperimentConfig),
  ProfilerConfig: optional(ProfilerConfig),
  ProfilerRuleConfigurations: optional(ProfilerRuleConfigurations),
  Environment: optional(TrainingEnvironmentMap),
  RetryStrategy: optional(RetryStrategy),
  RemoteDebugConfig: optional(RemoteDebugConfig),
  InfraCheckConfig: optional(InfraCheckConfig),
  SessionChainingConfig: optional(SessionChainingConfig),
  ServerlessJobConfig: optional(ServerlessJobConfig),
  MlflowConfig: optional(MlflowConfig),
  ModelPackageConfig: optional(ModelPackageConfig),
})
export type CreateTrainingJobRequest = Static<typeof CreateTrainingJobRequest>

export const DescribeTrainingJobRequest = structure({
  TrainingJobName: TrainingJobName,
})
export type DescribeTrainingJobRequest = Static<typeof DescribeTrainingJobRequest>

export const NextToken = text({ min: 0, max: 8192, pattern: '.*' })

export const MaxResults = integer({ min: 1, max: 100 })

export const Timestamp = timestamp()

export const NameContains = text({ min: 0, max: 63, pattern: '[a-zA-Z0-9\\-]+' })

export const TrainingJobStatus = choice(['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped', 'Deleting'])

export const SortBy = choice(['Name', 'CreationTime', 'Status'])

export const SortOrder = choice(['Ascending', 'Descending'])

export const WarmPoolResourceStatus = choice(['Available', 'Terminated', 'Reused', 'InUse'])

export const ListTrainingJobsRequest = structure({
  NextToken: optional(NextToken),
  MaxResults: optional(MaxResults),
  CreationTimeAfter: optional(Timestamp),
  CreationTimeBefore: optional(Timestamp),
  LastModifiedTimeAfter: optional(Timestamp),
  LastModifiedTimeBefore: optional(Timestamp),
  NameContains: optional(NameContains),
  StatusEquals: optional(TrainingJobStatus),
  SortBy: optional(SortBy),
  SortOrder: optional(SortOrder),
  WarmPoolStatusEquals: optional(WarmPoolResourceStatus),
  TrainingPlanArnEquals: optional(TrainingPlanArn),
})
export type ListTrainingJobsRequest = Static<typeof ListTrainingJobsRequest>

export const StopTrainingJobRequest = structure({
  TrainingJobName: TrainingJobName,
})
export type StopTrainingJobRequest = Static<typeof StopTrainingJobRequest>

export const DeleteTrainingJobRequest = structure({
  TrainingJobName: TrainingJobName,
})
export type DeleteTrainingJobRequest = Static<typeof DeleteTrainingJobRequest>

export const ResourceConfigForUpdate = structure({
  KeepAlivePeriodInSeconds: KeepAlivePeriodInSeconds,
})

export const ProfilerConfigForUpdate = structure({
  S3OutputPath: optional(S3Uri),
  ProfilingIntervalInMilliseconds: optional(ProfilingIntervalInMilliseconds),
  ProfilingParameters: optional(ProfilingParameters),
  DisableProfiler: optional(DisableProfiler),
})

export const RemoteDebugConfigForUpdate = structure({
  EnableRemoteDebug: optional(EnableRemoteDebug),
})

export const UpdateTrainingJobRequest = structure({
  TrainingJobName: TrainingJobName,
  ProfilerConfig: optional(ProfilerConfigForUpdate),
  ProfilerRuleConfigurations: optional(ProfilerRuleConfigurations),
  ResourceConfig: optional(ResourceConfigForUpdate),
  RemoteDebugConfig: optional(RemoteDebugConfigForUpdate),
})
export type UpdateTrainingJobRequest = Static<typeof UpdateTrainingJobRequest>
