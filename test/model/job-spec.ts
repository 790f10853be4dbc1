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
  /** Its one instance needs a GPU, and the machine has one. */
  readonly gpu?: true
  readonly fails?: FailingStep
  /** What goes wrong goes wrong in the first attempt only. */
  readonly onlyFirstAttempt?: true
}

/** What a client sends to create the job. @param bucket where its output goes */
export function requestOf(name: string, spec: JobSpec, bucket: string): object {
  const { maxRuntime, maxWait, maxPending, retries, keepAlive, hosts, gpu } = spec
  return {
    TrainingJobName: name,
    RoleArn: 'arn:aws:iam::111122223333:role/Role',
    AlgorithmSpecification: { TrainingImage: 'any', TrainingInputMode: 'File' },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
    ResourceConfig: {
      InstanceType: gpu ? 'ml.g5.xlarge' : 'ml.m5.large',
      InstanceCount: hosts.length,
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
    Environment: { TRAINYARD_SIMULATE: scriptOf(spec) },
  }
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
