import { validationException } from '../../protocol/errors.ts'

/** The members of a found training job: those of DescribeTrainingJob that the model's `TrainingJob` has, which a test compares, and its tags. */
export const TRAINING_JOB_MEMBERS = [
  'TrainingJobName',
  'TrainingJobArn',
  'ModelArtifacts',
  'TrainingJobStatus',
  'SecondaryStatus',
  'FailureReason',
  'HyperParameters',
  'AlgorithmSpecification',
  'RoleArn',
  'InputDataConfig',
  'OutputDataConfig',
  'ResourceConfig',
  'WarmPoolStatus',
  'VpcConfig',
  'StoppingCondition',
  'CreationTime',
  'TrainingStartTime',
  'TrainingEndTime',
  'LastModifiedTime',
  'SecondaryStatusTransitions',
  'FinalMetricDataList',
  'EnableNetworkIsolation',
  'EnableInterContainerTrafficEncryption',
  'EnableManagedSpotTraining',
  'CheckpointConfig',
  'TrainingTimeInSeconds',
  'BillableTimeInSeconds',
  'DebugHookConfig',
  'ExperimentConfig',
  'DebugRuleConfigurations',
  'TensorBoardOutputConfig',
  'ProfilerConfig',
  'Environment',
  'RetryStrategy',
  'Tags',
] as const

/** In the model too, but no job here ever has them. */
export const NEVER_PRESENT = [
  'TuningJobArn',
  'LabelingJobArn',
  'AutoMLJobArn',
  'DebugRuleEvaluationStatuses',
  'OutputModelPackageArn',
  'ModelPackageConfig',
] as const

/** A job as it is looked at: members as in its answer, `Tags` a list of `Key` and `Value`. */
export type FoundJob = Readonly<Record<string, unknown>>

/** Names whose rest is one key, whatever dots it has. */
const KEYED = ['Tags', 'HyperParameters', 'Metrics', 'Environment'] as const

const FIRST_PARTS: readonly string[] = [...TRAINING_JOB_MEMBERS, ...NEVER_PRESENT, 'Metrics']

/** @throws AwsError for a name that no training job can have; AWS's text is unknown */
export function checkPropertyName(name: string): void {
  if (!FIRST_PARTS.includes(firstPart(name))) throw validationException(`Unknown property of a TrainingJob: ${name}`)
}

export function firstPart(name: string): string {
  return name.split('.', 1)[0] ?? ''
}

/** Every value that a job has at a property (behaviour 6.8): `Tags.<key>`, `HyperParameters.<name>`, `Metrics.<name>`, or members joined by dots. */
export function valuesOfProperty(job: FoundJob, name: string): readonly unknown[] {
  const keyed = KEYED.find((first) => name.startsWith(`${first}.`))
  if (keyed === undefined) return valuesAtPath(job, name.split('.'))
  const key = name.slice(keyed.length + 1)
  if (keyed === 'Tags') return entries(job['Tags'], { name: 'Key', value: 'Value' }, key)
  if (keyed === 'Metrics') return entries(job['FinalMetricDataList'], { name: 'MetricName', value: 'Value' }, key)
  return memberOf(job[keyed], key)
}

/** @param path from any value; lists on the way stand for all of their items */
export function valuesAtPath(value: unknown, path: readonly string[]): readonly unknown[] {
  let found: readonly unknown[] = [value]
  for (const name of path) found = found.flatMap((at) => memberOf(at, name)).flatMap((at) => at)
  return found
}

function entries(
  list: unknown,
  members: { readonly name: string; readonly value: string },
  key: string,
): readonly unknown[] {
  if (!Array.isArray(list)) return []
  return list.filter((item) => memberOf(item, members.name)[0] === key).flatMap((item) => memberOf(item, members.value))
}

function memberOf(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return []
  const member: unknown = Object.getOwnPropertyDescriptor(value, name)?.value
  return member === undefined || member === null ? [] : [member]
}
