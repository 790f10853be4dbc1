/** What one instance of a job has of the machine. */
export interface HostResources {
  /** `algo-1` … */
  readonly host: string
  readonly instanceType: string
  /** Processors; a fraction where instances share one. */
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** Indices of the devices. */
  readonly gpus: readonly number[]
  /** What an instance of the type has, where the yard has less to give. */
  readonly typeHas?: { readonly cpus: number; readonly memory: number; readonly gpus: number }
}

/** The place that a job has been given, from its turn until its instances are gone. */
export interface Placement {
  /** When it was given, epoch milliseconds of job time. */
  readonly since: number
  /** When its instances were last launched again because one was no good, epoch milliseconds. */
  readonly relaunchedAt?: number
  /** Whether the job runs on spare capacity: it makes room for one that does not. */
  readonly spot: boolean
  /** In numeric order. */
  readonly hosts: readonly HostResources[]
  /** The attempt of an earlier job whose warm pool this one has taken: its input data may be there already. */
  readonly reuses?: { readonly jobId: string; readonly attempt: number }
}
