/** How the command of one host ends, unless it is ended before. */
export interface HostEnding {
  /** Exit code; 0 is success. */
  readonly code?: number
  /** The host is lost, which is a platform fault; its memory ran out; the command ended by SIGSEGV. */
  readonly by?: 'loss' | 'out of memory' | 'signal'
  /** Seconds after the command began; at the end of the run where it is not given. */
  readonly at?: number
}

/** A step that fails when it has taken its time. */
export interface FailingStep {
  readonly step: 'launch' | 'download' | 'start' | 'upload'
  readonly fault: 'client' | 'platform'
}

/** What a rehearsal breaks: at a moment of a stage, or whenever there is an occasion. */
export type Injection =
  | (Often & {
      readonly does: 'interrupt' | 'stop' | `limit ${Limit}`
      readonly stage: Stage
      /** Seconds. */
      readonly after: number
    })
  /** The command of a host, counted from 1, ends. */
  | (Often & { readonly does: 'end'; readonly stage: 'training'; readonly after: number } & EndOfHost)
  | (Often & { readonly does: 'fail-role' | 'fail-image' | 'fail-store write' | 'unhealthy' })
  /** SIGTERM is withheld: for so many seconds, or for the whole grace. */
  | (Often & { readonly does: 'hang'; readonly while: 'stopping' | 'interrupted'; readonly lasts?: number })
  /** Seconds for which there is no place. */
  | (Often & {
      readonly does: 'capacity'
      readonly while: 'start' | 'interrupted'
      readonly lasts: number | 'never'
    })

interface EndOfHost {
  readonly host: number
  readonly by: 'exit' | 'kill' | 'oom'
  /** Of an exit. */
  readonly code: number
}

export type Limit = 'max-runtime' | 'max-wait' | 'max-pending'
/** What a rehearsal calls the parts of a job's way. */
export type Stage = 'start' | 'downloading' | 'training' | 'uploading' | 'interrupted' | 'stopping'

interface Often {
  readonly times: number
}

/** The instances of one type. */
export interface Group {
  readonly type: 'ml.m5.large' | 'ml.g5.xlarge'
  readonly count: number
}

/** A job of a program. All times are in seconds; what is left out does not happen, or is the default. */
export interface JobSpec {
  readonly launch: number
  readonly download: number
  readonly run: number
  readonly upload: number
  readonly maxRuntime: number
  /** MaxWaitTimeInSeconds: then it is a managed spot job. */
  readonly maxWait?: number
  readonly maxPending?: number
  readonly retries?: number
  readonly keepAlive?: number
  readonly ignoresTerm?: true
  readonly checkpointEvery?: number
  /** By host: `algo-1` first, and as many hosts as there are entries. */
  readonly hosts: readonly HostEnding[]
  /** How many of the hosts, the first ones, have a GPU each; the machine has few. */
  readonly gpus?: number
  /** Its instances are given as groups, as they always are where they are of two types. */
  readonly grouped?: true
  /** The value of the tag `trainyard:priority`. */
  readonly priority?: number
  readonly rehearsal?: readonly Injection[]
  readonly fails?: FailingStep
  /** What goes wrong goes wrong in the first attempt only. */
  readonly onlyFirstAttempt?: true
}

/** The instances by type, in the order in which hosts are numbered. */
export function groupsOf({ hosts, gpus = 0 }: JobSpec): readonly Group[] {
  const groups: readonly Group[] = [
    { type: 'ml.g5.xlarge', count: gpus },
    { type: 'ml.m5.large', count: hosts.length - gpus },
  ]
  return groups.filter(({ count }) => count > 0)
}

export function isGrouped(spec: JobSpec): boolean {
  return spec.grouped === true || groupsOf(spec).length > 1
}

/** What a client sends to create the job. @param bucket where its output goes */
export function requestOf(name: string, spec: JobSpec, bucket: string): object {
  const { maxRuntime, maxWait, maxPending, retries, keepAlive, priority } = spec
  return {
    TrainingJobName: name,
    RoleArn: 'arn:aws:iam::111122223333:role/Role',
    AlgorithmSpecification: { TrainingImage: 'any', TrainingInputMode: 'File' },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
    ResourceConfig: {
      ...instancesOf(spec),
      VolumeSizeInGB: 1,
      ...(keepAlive === undefined ? {} : { KeepAlivePeriodInSeconds: keepAlive }),
    },
    StoppingCondition: {
      MaxRuntimeInSeconds: maxRuntime,
      ...(maxWait === undefined ? {} : { MaxWaitTimeInSeconds: maxWait }),
      ...(maxPending === undefined ? {} : { MaxPendingTimeInSeconds: maxPending }),
    },
    ...(maxWait === undefined ? {} : { EnableManagedSpotTraining: true }),
    ...(retries === undefined ? {} : { RetryStrategy: { MaximumRetryAttempts: retries } }),
    ...(priority === undefined ? {} : { Tags: [{ Key: 'trainyard:priority', Value: String(priority) }] }),
    Environment: { TRAINYARD_SIMULATE: scriptOf(spec), ...rehearsalOf(spec) },
  }
}

function instancesOf(spec: JobSpec): object {
  const groups = groupsOf(spec)
  if (!isGrouped(spec)) return { InstanceType: groups[0]?.type, InstanceCount: groups[0]?.count }
  return {
    InstanceGroups: groups.map(({ type, count }, index) => ({
      InstanceGroupName: `group-${index + 1}`,
      InstanceType: type,
      InstanceCount: count,
    })),
  }
}

function rehearsalOf({ rehearsal = [] }: JobSpec): object {
  if (rehearsal.length === 0) return {}
  return { TRAINYARD_REHEARSE: rehearsal.map((injection) => `${textOf(injection)} ${injection.times}x`).join('; ') }
}

function textOf(injection: Injection): string {
  if (injection.does === 'end') return endText(injection)
  if ('stage' in injection) return `${injection.does}@${injection.stage}+${injection.after}s`
  if (injection.does === 'hang')
    return `hang@${injection.while}${injection.lasts === undefined ? '' : ` for ${injection.lasts}s`}`
  if (injection.does !== 'capacity') return injection.does
  return `capacity@${injection.while} ${injection.lasts === 'never' ? 'never' : `for ${injection.lasts}s`}`
}

function endText({ by, host, stage, after, code }: Extract<Injection, { readonly does: 'end' }>): string {
  return `${by} algo-${host}@${stage}+${after * 1000}ms${by === 'exit' ? ` code ${code}` : ''}`
}

/** The text of the failure that a script tells of its step. */
export function faultText(step: FailingStep['step']): string {
  return `the ${step} failed`
}

function scriptOf(spec: JobSpec): string {
  const { launch, download, run, upload, ignoresTerm, checkpointEvery, hosts, fails, onlyFirstAttempt } = spec
  const times = [`launch ${launch}s`, `download ${download}s`, `run ${run}s`, `upload ${upload}s`]
  const attempt = onlyFirstAttempt ? ' attempt 1' : ''
  return [
    ...times,
    ...(ignoresTerm ? ['ignore SIGTERM'] : []),
    ...(checkpointEvery === undefined ? [] : [`checkpoint every ${checkpointEvery}s`]),
    ...hosts.flatMap((host, index) => endingOf(host).map((ending) => `algo-${index + 1}${attempt}: ${ending}`)),
    ...(fails
      ? [`${onlyFirstAttempt ? 'attempt 1: ' : ''}fail ${fails.step} ${fails.fault} "${faultText(fails.step)}"`]
      : []),
  ].join('; ')
}

const STATEMENTS = { loss: 'lost', 'out of memory': 'out of memory', signal: 'signal SIGSEGV' } as const

function endingOf({ code, by, at }: HostEnding): string[] {
  const moment = at === undefined ? '' : ` at ${at}s`
  if (by) return [`${STATEMENTS[by]}${moment}`]
  return code === undefined ? [] : [`exit ${code}${moment}`]
}
