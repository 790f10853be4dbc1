import type { HostResources } from '../lifecycle/placement.ts'

/**
 * What runs a job's instances. A backend is a folder beside this file: process, simulated, later docker, slurm, kubernetes. Every method may be called
 * again after a crash with the same arguments, and then finds or finishes what the first call began: nothing runs twice.
 */
export interface Runtime {
  readonly name: string
  /** What it can do here. The first call may look at the machine first, which takes a while; a server asks once it listens. */
  capabilities(): Promise<RuntimeCapabilities>
  /** What keeps it from running jobs at this moment, for `/-/health`; undefined where nothing does. */
  problem?(): string | undefined
  /** Whether this runtime can run such a job here; asked by Create, so that what cannot run is refused before it exists. */
  admit(job: AdmissionRequest): Promise<Admission>
  /**
   * Brings up an instance: its place on the machine, its `/opt/ml`, not yet its data or its command. `spec.id` is stored before the call; launching
   * the same id twice is one instance. May wait for its turn (Starting).
   */
  launch(spec: InstanceSpec, options: { readonly signal?: AbortSignal }): Promise<Instance>
  /** The instance that `launch` made earlier, also in an earlier life of this server; undefined if there is nothing of it. */
  find(id: InstanceId): Promise<Instance | undefined>
  /** Every instance of which something is left on this machine: what a server looks through when it starts. */
  known(): Promise<readonly InstanceId[]>
  /**
   * Packs `/opt/ml/model` and `/opt/ml/output/data` of all these instances of one attempt into one archive a kind (behaviour 3.10), only where there is
   * something; of a name that several of them wrote the later instance's entry is taken. Their commands have ended. Asking again gives the same answer.
   * @throws InstanceError
   */
  collect(instances: readonly InstanceId[], options: { readonly signal?: AbortSignal }): Promise<readonly Artifact[]>
  /** Lets go of everything without ending any instance. Idempotent. */
  close(): Promise<void>
}

export interface RuntimeCapabilities {
  /** The largest number of instances in one job. */
  readonly hosts: number
  /** How jobs see a network of their own; undefined where they can have the machine's only, and then neither several instances nor isolation. */
  readonly jobNetwork?: JobNetwork
  /** Whether the job sees its own `/opt/ml`. */
  readonly optMl: boolean
}

export interface JobNetwork {
  /** What `network_interface_name` is there. */
  readonly interface: 'eth0'
  /** Where instances on a job's own network reach this server, unless they are isolated: `http://10.0.2.1:8484`. */
  readonly endpoint: string
  /** Whether they reach other machines too. */
  readonly open: boolean
}

/**
 * The machine's own, for a single instance without isolation; one of the job's own, with its peers, this server and, where `JobNetwork.open`, the world; or one
 * with its peers only (EnableNetworkIsolation).
 */
export type NetworkKind = 'machine' | 'job' | 'isolated'

export interface AdmissionRequest {
  /** Undefined where neither ContainerEntrypoint nor ContainerArguments is given: the environment's `train`. */
  readonly command: readonly string[] | undefined
  readonly environment: ExecutionEnvironment
  /** How many instances. */
  readonly hosts: number
  readonly network: NetworkKind
  /** The request's `Environment`. */
  readonly variables: Readonly<Record<string, string>>
}

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly reason: string }

/** What stands in the place of an image: `local/python` and those under `environments:` in the configuration. */
export interface ExecutionEnvironment {
  readonly name: string
  /** Absolute path of the interpreter; its folder comes first in the job's PATH. */
  readonly python: string
}

/** One host of one attempt of one job. */
export interface InstanceId {
  readonly jobId: string
  readonly attempt: number
  /** `algo-1` … */
  readonly host: string
}

export interface InstanceSpec {
  readonly id: InstanceId
  /** All hosts of the attempt, in numeric order. */
  readonly hosts: readonly string[]
  /** The same for all hosts of the attempt. */
  readonly network: NetworkKind
  readonly environment: ExecutionEnvironment
  /** What it may use of the machine. */
  readonly resources: HostResources
  /** An instance that was left with its inputs: what is unchanged of them may be taken over from it, and nothing else. It may be gone already. */
  readonly warm?: InstanceId
  /** Whether its inputs may be left to another: then they are brought in so that its command cannot change them, where the machine allows it. */
  readonly leavesInputs?: boolean
  /** As `AdmissionRequest.command`. */
  readonly command: readonly string[] | undefined
  /** The platform's, the request's and the session's variables; the runtime adds PATH, HOME, LANG and its own. */
  readonly variables: Readonly<Record<string, string>>
  /** `/opt/ml/input/config/<name>` → text (behaviour 3.2 to 3.5). */
  readonly configFiles: Readonly<Record<string, string>>
  /** Names of the File-mode channels: `/opt/ml/input/data/<name>` exists, empty, from the launch on. */
  readonly channels: readonly string[]
  /** Absolute path of the stream's raw file; its index is the same with `.idx` added. */
  readonly logFile: string
  /** Bytes after which the log is cut. */
  readonly logMaxBytes: number
}

/** The data of one channel, listed and mapped to local paths by the server (behaviour 4.2). */
export interface ChannelData {
  readonly name: string
  readonly files: AsyncIterable<ChannelFile>
}

export interface ChannelFile {
  /** Relative to the channel's folder, `/`-separated, without `.` and `..`. */
  readonly path: string
  readonly size: number
  /** Absolute path of an immutable file of this machine. */
  readonly source: string
}

export interface Instance {
  readonly id: InstanceId
  /** Brings every channel's files in. @returns what was there already, from the instance of `InstanceSpec.warm` @throws InstanceError */
  download(channels: readonly ChannelData[], options: { readonly signal?: AbortSignal }): Promise<Downloaded>
  /**
   * Brings in the image that the command runs in, once the data is there (behaviour 1.4.2). Most runtimes have none to fetch.
   * @throws InstanceError
   */
  pull(options: PullOptions): Promise<void>
  /** Starts the command; returns once it runs or it is sure that it cannot. @throws InstanceError */
  start(options: { readonly signal?: AbortSignal }): Promise<void>
  /** Resolves when the command has ended and its log is sealed: every line indexed. Any number may wait; asking after the end answers at once. */
  wait(options: { readonly signal?: AbortSignal }): Promise<InstanceEnd>
  /** When the command ended, epoch milliseconds by the clock of its machine; undefined while it has not, and where how it ended is not known. */
  endedAt(): Promise<number | undefined>
  /**
   * SIGTERM (to every process of the instance or to its first one, never to its waiter), then SIGKILL once `graceMs` of job time have gone; without grace SIGKILL alone. Returns when the
   * command has ended. Stopping what never ran, or has ended, is no error. Aborting the wait leaves the signals sent.
   */
  stop(options: {
    readonly graceMs: number
    readonly to: 'all' | 'first'
    readonly signal?: AbortSignal
  }): Promise<void>
  /** Removes every trace of the instance but its log. Any number of times. */
  destroy(options?: Leave): Promise<void>
}

export interface PullOptions {
  readonly signal?: AbortSignal
  /** Called before an image is fetched, and not where none is: it shows as `Downloading the training image`. */
  readonly fetching: () => Promise<unknown>
}

/** What of an instance is left when it is destroyed; nothing, unless it is said. */
export interface Leave {
  /** The workspace, for inspection. */
  readonly keep?: boolean
  /** The input data that its command could not change, for an instance whose `InstanceSpec.warm` is this one. */
  readonly inputs?: boolean
}

export interface Downloaded {
  /** Names of the channels that were taken over. */
  readonly takenOver: readonly string[]
}

/** Why an instance's command is over: a reason first, the numbers beside it. */
export type InstanceEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly failure?: string }
  /** Ended by a signal; `code` is 128 + its number, as a container engine reports it (behaviour 3.8). */
  | { readonly kind: 'signalled'; readonly code: number; readonly failure?: string }
  | { readonly kind: 'out-of-memory'; readonly code: number; readonly failure?: string }
  /** The machine was restarted, or what waits for the command is gone: how it ended is not known. */
  | { readonly kind: 'lost'; readonly detail: string }

export interface Artifact {
  readonly kind: 'model' | 'output'
  /** Absolute path of the finished, synced tar.gz on this machine; the caller may rename it away. */
  readonly path: string
  readonly size: number
  /** MD5 of the file, hex. */
  readonly md5: string
}

/** A step that failed; `fault` says whose it is: the job's (ClientError) or ours (InternalServerError). */
export class InstanceError extends Error {
  override readonly name = 'InstanceError'
  readonly fault: 'client' | 'platform'

  constructor(fault: 'client' | 'platform', message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}
