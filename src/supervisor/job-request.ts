/** The members of a CreateTrainingJob request that running the job needs; validated when it was accepted. */
export interface JobRequest {
  readonly TrainingJobName: string
  readonly HyperParameters?: Readonly<Record<string, string>>
  readonly AlgorithmSpecification?: {
    readonly TrainingImage?: string
    readonly TrainingInputMode: string
    readonly MetricDefinitions?: readonly { readonly Name: string; readonly Regex: string }[]
    readonly EnableSageMakerMetricsTimeSeries?: boolean
    readonly ContainerEntrypoint?: readonly string[]
    readonly ContainerArguments?: readonly string[]
  }
  readonly InputDataConfig?: readonly InputChannel[]
  readonly OutputDataConfig: { readonly S3OutputPath: string }
  readonly ResourceConfig?: { readonly InstanceType?: string; readonly InstanceCount?: number }
  readonly StoppingCondition?: { readonly MaxRuntimeInSeconds?: number }
  readonly Environment?: Readonly<Record<string, string>>
  readonly DebugHookConfig?: object
  readonly ProfilerConfig?: object
}

export interface InputChannel {
  readonly ChannelName: string
  readonly ContentType?: string
  readonly RecordWrapperType?: string
  readonly InputMode?: string
  readonly DataSource: {
    readonly S3DataSource?: { readonly S3Uri: string; readonly S3DataDistributionType?: string }
  }
}

/** @param text the request as the store keeps it: what CreateTrainingJob accepted, so its shape is known */
export function parseJobRequest(text: string): JobRequest {
  return JSON.parse(text) as JobRequest
}

/** Seconds; the default where the request names none (behaviour 2.3). */
export function maxRuntimeSeconds(request: JobRequest): number {
  return request.StoppingCondition?.MaxRuntimeInSeconds ?? 86_400
}

/** Entrypoint and arguments as one command; undefined where the environment's `train` is meant (behaviour 3.1). */
export function commandOf(request: JobRequest): readonly string[] | undefined {
  const { ContainerEntrypoint: entrypoint, ContainerArguments: given } = request.AlgorithmSpecification ?? {}
  if (!entrypoint && !given) return undefined
  return [...(entrypoint ?? []), ...(given ?? [])]
}
