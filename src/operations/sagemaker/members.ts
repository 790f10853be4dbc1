import type { CreateTrainingJobRequest, UpdateTrainingJobRequest } from '../../protocol/shapes/training-job.ts'

/**
 * What this server does with each member of CreateTrainingJob: the one table. `echoed` members are harmless: shown by Describe, done by nobody, and
 * listed in the job's first journal record. `refused` ones would be false promises; their rows say for which values, why, and what to do instead.
 */
export type MemberRow =
  | { readonly path: string; readonly treatment: 'honoured' }
  | {
      readonly path: string
      readonly treatment: 'echoed'
      readonly note: string
      readonly unless?: (value: unknown) => boolean
    }
  | {
      readonly path: string
      readonly treatment: 'refused'
      readonly why: string
      readonly unless?: (value: unknown) => boolean
    }

const isFalse = (value: unknown) => value === false
const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0
const isAnyOf =
  (...values: readonly unknown[]) =>
  (value: unknown) =>
    values.includes(value)

function honoured(...paths: readonly string[]): MemberRow[] {
  return paths.map((path) => ({ path, treatment: 'honoured' }))
}

const CHANNEL = 'InputDataConfig[]'
const S3_SOURCE = `${CHANNEL}.DataSource.S3DataSource`

/** `[]` stands for every item of a list. A row speaks for everything below its path that has no row of its own. */
export const MEMBERS: readonly MemberRow[] = [
  ...honoured('TrainingJobName', 'HyperParameters', 'RoleArn', 'Tags', 'Environment'),
  ...honoured(
    'AlgorithmSpecification.TrainingImage',
    'AlgorithmSpecification.TrainingInputMode',
    'AlgorithmSpecification.MetricDefinitions',
    'AlgorithmSpecification.ContainerEntrypoint',
    'AlgorithmSpecification.ContainerArguments',
  ),
  {
    path: 'AlgorithmSpecification.AlgorithmName',
    treatment: 'refused',
    why: 'algorithm resources are not kept here; name an image or an environment in AlgorithmSpecification.TrainingImage',
  },
  {
    path: 'AlgorithmSpecification.EnableSageMakerMetricsTimeSeries',
    treatment: 'echoed',
    note: 'metrics are kept as final values, not as time series',
    unless: isFalse,
  },
  {
    path: 'AlgorithmSpecification.TrainingImageConfig',
    treatment: 'echoed',
    note: 'no image is fetched, so no registry is asked',
  },
  ...honoured(
    `${CHANNEL}.ChannelName`,
    `${CHANNEL}.ContentType`,
    `${S3_SOURCE}.S3Uri`,
    `${S3_SOURCE}.S3DataDistributionType`,
    `${S3_SOURCE}.InstanceGroupNames`,
  ),
  {
    path: `${CHANNEL}.InputMode`,
    treatment: 'refused',
    why: 'only File mode is built; leave InputMode out or set it to File',
    unless: isAnyOf('File'),
  },
  {
    path: `${CHANNEL}.CompressionType`,
    treatment: 'refused',
    why: 'it must be None in File mode',
    unless: isAnyOf('None'),
  },
  {
    path: `${CHANNEL}.RecordWrapperType`,
    treatment: 'refused',
    why: 'it must be None in File mode',
    unless: isAnyOf('None'),
  },
  { path: `${CHANNEL}.ShuffleConfig`, treatment: 'echoed', note: 'files of a File-mode channel have no order' },
  {
    path: `${S3_SOURCE}.S3DataType`,
    treatment: 'refused',
    why: 'only S3Prefix is built; name a prefix instead of a manifest',
    unless: isAnyOf('S3Prefix'),
  },
  {
    path: `${S3_SOURCE}.AttributeNames`,
    treatment: 'echoed',
    note: 'only augmented manifests have attributes',
    unless: isEmpty,
  },
  { path: `${S3_SOURCE}.ModelAccessConfig`, treatment: 'echoed', note: 'objects of this server need no agreement' },
  {
    path: `${S3_SOURCE}.HubAccessConfig`,
    treatment: 'refused',
    why: 'there is no model hub here; copy the data into a bucket',
  },
  {
    path: `${CHANNEL}.DataSource.FileSystemDataSource`,
    treatment: 'refused',
    why: 'file systems are not built yet; put the data into a bucket and use S3DataSource',
  },
  {
    path: `${CHANNEL}.DataSource.DatasetSource`,
    treatment: 'refused',
    why: 'there is no dataset hub here; put the data into a bucket and use S3DataSource',
  },
  ...honoured('OutputDataConfig.S3OutputPath'),
  {
    path: 'OutputDataConfig.KmsKeyId',
    treatment: 'echoed',
    note: 'objects are not encrypted by this server',
    unless: isAnyOf(''),
  },
  {
    path: 'OutputDataConfig.CompressionType',
    treatment: 'refused',
    why: 'uncompressed output is not built yet; leave it out or set it to GZIP',
    unless: isAnyOf('GZIP'),
  },
  ...honoured('ResourceConfig.InstanceType', 'ResourceConfig.InstanceCount', 'ResourceConfig.InstanceGroups'),
  { path: 'ResourceConfig.VolumeSizeInGB', treatment: 'echoed', note: 'jobs share the disk of the data folder' },
  { path: 'ResourceConfig.VolumeKmsKeyId', treatment: 'echoed', note: 'the disk is not encrypted by this server' },
  ...honoured('ResourceConfig.KeepAlivePeriodInSeconds'),
  {
    path: 'ResourceConfig.TrainingPlanArn',
    treatment: 'refused',
    why: 'there are no training plans here; leave it out',
  },
  { path: 'ResourceConfig.InstancePlacementConfig', treatment: 'echoed', note: 'there is one machine to be placed on' },
  { path: 'VpcConfig', treatment: 'echoed', note: 'there is no VPC to be joined here' },
  ...honoured('StoppingCondition', 'EnableManagedSpotTraining', 'RetryStrategy', 'EnableNetworkIsolation'),
  {
    path: 'EnableInterContainerTrafficEncryption',
    treatment: 'refused',
    why: 'traffic between instances is not encrypted here; leave it out or set it to false',
    unless: isFalse,
  },
  {
    path: 'CheckpointConfig',
    treatment: 'refused',
    why: 'checkpoints are not synced yet; leave it out and write them to S3 from the script',
  },
  {
    path: 'DebugHookConfig',
    treatment: 'echoed',
    note: 'the job finds debughookconfig.json, but nothing is synced from its local path',
  },
  { path: 'DebugRuleConfigurations', treatment: 'echoed', note: 'rules are not evaluated', unless: isEmpty },
  { path: 'TensorBoardOutputConfig', treatment: 'echoed', note: 'nothing is synced from its local path' },
  { path: 'ExperimentConfig', treatment: 'echoed', note: 'experiments are not kept here' },
  { path: 'ProfilerConfig', treatment: 'echoed', note: 'the job is not profiled' },
  { path: 'ProfilerRuleConfigurations', treatment: 'echoed', note: 'rules are not evaluated', unless: isEmpty },
  { path: 'RemoteDebugConfig', treatment: 'echoed', note: 'remote debugging is not offered' },
  { path: 'InfraCheckConfig', treatment: 'echoed', note: 'the machine is not checked beforehand' },
  { path: 'SessionChainingConfig', treatment: 'echoed', note: 'sessions have no tags here' },
  { path: 'ServerlessJobConfig', treatment: 'refused', why: 'serverless jobs train models of AWS, which are not here' },
  {
    path: 'MlflowConfig',
    treatment: 'refused',
    why: 'there is no managed MLflow here; set MLFLOW_TRACKING_URI in Environment',
  },
  { path: 'ModelPackageConfig', treatment: 'refused', why: 'there is no model registry here; leave it out' },
]

const REFUSED = MEMBERS.filter((row) => row.treatment === 'refused')
const ECHOED = MEMBERS.filter((row) => row.treatment === 'echoed')

/** One member that is shown but not done. */
export interface NotHonoured {
  readonly member: string
  readonly note: string
}

/** @returns the member to refuse for, and why; undefined where nothing is promised in vain */
export function refusedMember(
  request: CreateTrainingJobRequest,
): { readonly member: string; readonly why: string } | undefined {
  for (const { path, why, unless } of REFUSED) {
    const found = valuesAt(request, path).find(({ value }) => !unless?.(value))
    if (found) return { member: found.path, why }
  }
  return undefined
}

/** @param request of Create, or of Update, whose members have the same names */
export function notHonouredMembers(request: CreateTrainingJobRequest | UpdateTrainingJobRequest): NotHonoured[] {
  const told: NotHonoured[] = []
  for (const { path, note, unless } of ECHOED)
    for (const { path: member, value } of valuesAt(request, path)) if (!unless?.(value)) told.push({ member, note })
  return told
}

interface Located {
  readonly path: string
  readonly value: unknown
}

/** Every value that a request has at a path of the table, with the place it really stands at. */
export function valuesAt(request: object, path: string): readonly Located[] {
  return valuesBelow({ path: '', value: request }, partsOf(path), 0)
}

/** Most members are not there, and every Create asks for all of them: what is not there makes nothing. */
function valuesBelow(above: Located, parts: readonly PathPart[], from: number): readonly Located[] {
  const part = parts[from]
  if (!part) return [above]
  const member = memberOf(above, part.name)
  if (!member) return NONE
  if (!part.isList) return valuesBelow(member, parts, from + 1)
  return itemsOf(member).flatMap((item) => valuesBelow(item, parts, from + 1))
}

const NONE: readonly Located[] = []

interface PathPart {
  readonly name: string
  readonly isList: boolean
}

const parts = new Map<string, readonly PathPart[]>()

/** Of a path of the table, taken apart once. */
function partsOf(path: string): readonly PathPart[] {
  const known = parts.get(path)
  if (known) return known
  const made = path.split('.').map((part) => ({ name: part.replace('[]', ''), isList: part.endsWith('[]') }))
  parts.set(path, made)
  return made
}

function memberOf({ path, value }: Located, name: string): Located | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  // An own member of whatever the client sent.
  const member = (value as Readonly<Record<string, unknown>>)[name]
  return member === undefined ? undefined : { path: path === '' ? name : `${path}.${name}`, value: member }
}

function itemsOf({ path, value }: Located): Located[] {
  return Array.isArray(value) ? value.map((item: unknown, index) => ({ path: `${path}[${index}]`, value: item })) : []
}
