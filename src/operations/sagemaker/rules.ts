import { AwsError, validationException } from '../../protocol/errors.ts'
import type { CreateTrainingJobRequest } from '../../protocol/shapes/training-job.ts'
import { constraintText } from '../../protocol/violations.ts'
import type { JobRecord } from '../../store/store.ts'
import { compileMetricRegex } from '../../telemetry/metric-regex.ts'
import { MetricRegexError } from '../../telemetry/metric-regex-error.ts'
import { PRIORITY_TAG } from '../../supervisor/place.ts'
import { parseS3Uri } from '../../util/s3-uri.ts'
import { instanceGroups, noInstances, noResources } from './instance-rules.ts'
import { refusedMember } from './members.ts'

/** 28 days (behaviour 6.2). */
const LONGEST_RUNTIME_SECONDS = 2_419_200

/**
 * What a request must keep to beyond its shape (behaviour 6.2), and what this server cannot promise.
 *
 * @throws AwsError ValidationException for the first rule that is broken
 */
export function checkRules(request: CreateTrainingJobRequest): void {
  for (const rule of RULES) {
    const broken = rule(request)
    if (broken !== undefined) throw validationException(broken)
  }
}

type Rule = (request: CreateTrainingJobRequest) => string | undefined

const RULES: readonly Rule[] = [
  bounds,
  refusals,
  presentMembers,
  instanceGroups,
  trainingImage,
  inputModes,
  outputPath,
  channelNames,
  channelUris,
  spot,
  warmPool,
  tags,
  priority,
  metricRegexes,
]

/** Bounds that the model leaves wider than the service does (behaviour 6.2), in the words of the model's own. */
function bounds({
  ResourceConfig: resources,
  StoppingCondition: condition,
}: CreateTrainingJobRequest): string | undefined {
  const runtime = condition?.MaxRuntimeInSeconds ?? 0
  return constraintText([
    ...noInstances(resources).map(tooSmall),
    ...(resources?.VolumeSizeInGB === 0 ? [tooSmall('resourceConfig.volumeSizeInGB')] : []),
    ...(runtime > LONGEST_RUNTIME_SECONDS
      ? [
          `Value '${runtime}' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: Member must have value less than or equal to ${LONGEST_RUNTIME_SECONDS}`,
        ]
      : []),
  ])
}

function tooSmall(path: string): string {
  return `Value '0' at '${path}' failed to satisfy constraint: Member must have value greater than or equal to 1`
}

function refusals(request: CreateTrainingJobRequest): string | undefined {
  const refused = refusedMember(request)
  return refused && `${refused.member} is not supported by this server: ${refused.why}.`
}

/** Optional in the model only for serverless jobs (behaviour 6.2). */
function presentMembers(request: CreateTrainingJobRequest): string | undefined {
  const missing = [
    ...(request.AlgorithmSpecification ? [] : ['algorithmSpecification']),
    ...noResources(request.ResourceConfig),
  ]
  return constraintText(
    missing.map((path) => `Value null at '${path}' failed to satisfy constraint: Member must not be null`),
  )
}

function trainingImage({ AlgorithmSpecification: specification }: CreateTrainingJobRequest): string | undefined {
  if (specification?.TrainingImage) return undefined
  return 'Invalid training image. Please provide a valid Amazon Elastic Container Registry path of the Docker image to run.'
}

/** The effective mode of a channel is its own, else the algorithm's (behaviour 4.1). */
function inputModes({
  AlgorithmSpecification: specification,
  InputDataConfig: channels = [],
}: CreateTrainingJobRequest): string | undefined {
  const mode = specification?.TrainingInputMode
  if (mode === 'File' || channels.every(({ InputMode }) => InputMode === 'File')) return undefined
  return `AlgorithmSpecification.TrainingInputMode ${mode} is not supported by this server: only File mode is built; set it to File.`
}

function outputPath({ OutputDataConfig: { S3OutputPath: path } }: CreateTrainingJobRequest): string | undefined {
  return parseS3Uri(path) ? undefined : `OutputDataConfig.S3OutputPath ${path} is not of the form s3://bucket/prefix.`
}

/** AWS's texts for these two are unknown. */
function channelNames({ InputDataConfig: channels = [] }: CreateTrainingJobRequest): string | undefined {
  const names = channels.map(({ ChannelName }) => ChannelName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return `Duplicate channel name in InputDataConfig: ${twice}`
  const without = channels.find(({ DataSource }) => !DataSource.S3DataSource)
  if (without) return `Channel ${without.ChannelName} has no data source.`
  const dots = names.find((name) => name === '.' || name === '..')
  return dots === undefined ? undefined : `Channel name ${dots} cannot be the name of a folder.`
}

/** The model's pattern lets https through. */
function channelUris({ InputDataConfig: channels = [] }: CreateTrainingJobRequest): string | undefined {
  for (const { ChannelName, DataSource } of channels) {
    const uri = DataSource.S3DataSource?.S3Uri
    if (uri !== undefined && !parseS3Uri(uri))
      return `S3Uri ${uri} of channel ${ChannelName} is not of the form s3://bucket/prefix.`
  }
  return undefined
}

function spot({
  EnableManagedSpotTraining: enabled,
  StoppingCondition: condition,
}: CreateTrainingJobRequest): string | undefined {
  const wait = condition?.MaxWaitTimeInSeconds
  if (!enabled) {
    if (wait === undefined) return undefined
    return 'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true'
  }
  if (wait !== undefined && wait >= (condition?.MaxRuntimeInSeconds ?? 86_400)) return undefined
  // Recalled, not seen again (behaviour 6.2): unknown on AWS.
  return 'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds'
}

/** Neither can be combined with a warm pool (behaviour 8.1, 8.2); AWS's texts are unknown. */
function warmPool({
  ResourceConfig: resources,
  EnableManagedSpotTraining: isSpot,
}: CreateTrainingJobRequest): string | undefined {
  if (!resources?.KeepAlivePeriodInSeconds) return undefined
  const other = isSpot ? 'EnableManagedSpotTraining is set to true' : 'InstanceGroups are given'
  if (!isSpot && !resources.InstanceGroups?.length) return undefined
  return `Invalid KeepAlivePeriodInSeconds. It is not supported when ${other}`
}

function tags({ Tags: given = [] }: CreateTrainingJobRequest): string | undefined {
  return brokenTagRule(given)
}

/** Of our own: AWS has no such tag. */
function priority({ Tags: given = [] }: CreateTrainingJobRequest): string | undefined {
  const value = given.find(({ Key }) => Key === PRIORITY_TAG)?.Value
  if (value === undefined || (/^-?\d{1,3}$/.test(value) && Math.abs(Number(value)) <= 100)) return undefined
  return `The value of the tag ${PRIORITY_TAG} must be a whole number from -100 to 100: ${value}`
}

/** AWS's texts for these two are unknown. */
export function brokenTagRule(given: readonly { readonly Key: string }[]): string | undefined {
  const keys = given.map(({ Key }) => Key)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) return `Duplicate tag key: ${twice}`
  const reserved = keys.find((key) => key.toLowerCase().startsWith('aws:'))
  return reserved === undefined ? undefined : `Tag key ${reserved} begins with aws:, which is reserved.`
}

/** Of what cannot be done to a job as it is now: Stop's text (behaviour 6.4), which is also used where AWS's is unknown (6.5, 6.6). */
export function wrongStatus({ state }: JobRecord): string {
  return `The request was rejected because the training job is in status ${state.status}.`
}

function metricRegexes({ AlgorithmSpecification: specification }: CreateTrainingJobRequest): string | undefined {
  for (const { Name, Regex } of specification?.MetricDefinitions ?? []) {
    try {
      compileMetricRegex(Regex)
    } catch (error) {
      if (!(error instanceof MetricRegexError)) throw error
      return `Invalid regular expression of metric ${Name}: ${error.message}`
    }
  }
  return undefined
}

/** A name that a job already has (behaviour 6.2). */
export function nameTaken(arn: string): AwsError {
  return new AwsError(
    'ResourceInUse',
    `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
  )
}
