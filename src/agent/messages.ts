import type { GroupParent } from './cgroup/group-parent.ts'
import type { Artifact, Downloaded, InstanceEnd, InstanceId, InstanceSpec, Leave } from '../runtime/runtime.ts'

/**
 * Raised when a message changes its meaning. An agent that outlived its server's update is then asked to end: what it started goes on, and the next agent
 * takes it up. Version 1, which knew no such message, was never released.
 */
export const PROTOCOL_VERSION = 3

export const ISOLATIONS = ['bwrap', 'unshare', 'link', 'base-dir'] as const
/** How an instance is kept apart from the machine: in namespaces made by bubblewrap or by unshare, by the link /opt/ml alone, or not at all. */
export type Isolation = (typeof ISOLATIONS)[number]

export interface JobUser {
  readonly uid: number
  readonly gid: number
}

export interface NetworkPlan {
  /** `10.0.2.0/24` */
  readonly subnet: string
  /** Whether a job that is not isolated reaches other machines. */
  readonly open: boolean
}

/** How processes of instances are limited. */
export interface LimitsPlan {
  readonly parent: GroupParent
  /** Of the folder that this server's groups lie in. */
  readonly name: string
  /** How many processes and threads an instance may have. */
  readonly pids: number
}

/** How this machine runs instances, as the server's probe found; fixed for an instance when it is launched. */
export interface SandboxPlan {
  readonly isolation: Isolation
  /** Whether a channel may be an overlay mounted for the instance alone. */
  readonly overlay: boolean
  /** Set when the agent runs as root. */
  readonly jobUser?: JobUser
  /** Where `/opt/ml` lies when that is not the instance's own folder. */
  readonly workspaces?: string
  /** The name that a link-mode instance takes while it lives: what the machine's `/opt/ml` points to. */
  readonly link?: string
  /** Set where jobs can have a network of their own. */
  readonly network?: NetworkPlan
  /** Set where processes can be limited, and shall be. */
  readonly limits?: LimitsPlan
  /** Absolute path of the folder that holds the script-mode launcher, `launcher.py` and what it imports. */
  readonly launcher: string
}

export interface LaunchOrder {
  readonly spec: InstanceSpec
  readonly plan: SandboxPlan
}

/** One channel of the manifest: what is known of it before its files are read. */
export interface ChannelSummary {
  readonly name: string
  readonly files: number
  readonly bytes: number
  /** Of all that the manifest says of its files: equal where these are the same objects by the same names. */
  readonly digest: string
}

export interface Collected {
  readonly artifacts: readonly Artifact[]
  /** Entries that were not packed: links that leave `/opt/ml`, FIFOs, sockets, devices. */
  readonly leftOut: readonly string[]
}

/** What the server may ask of the agent, each with what it answers. Each may be asked again after a lost connection, with the same effect. */
export interface AgentCalls {
  hello: { readonly request: object; readonly result: { readonly pid: number } }
  launch: { readonly request: { readonly order: LaunchOrder }; readonly result: null }
  download: {
    /** `manifest` is the absolute path of the files' list; the agent removes it when it is of no more use, the server when it does not wait any longer. */
    readonly request: { readonly channels: readonly ChannelSummary[]; readonly manifest: string } & OfInstance
    readonly result: Downloaded
  }
  /** The process that holds the network of the instance's job, once it is made. */
  network: { readonly request: OfInstance; readonly result: { readonly holder: number } }
  start: { readonly request: OfInstance; readonly result: null }
  wait: { readonly request: OfInstance; readonly result: InstanceEnd }
  stop: {
    readonly request: { readonly graceMs: number; readonly to: 'all' | 'first' } & OfInstance
    readonly result: null
  }
  /** One archive a kind of all instances together, the later over the earlier; it lies with the first. */
  collect: { readonly request: { readonly instances: readonly InstanceId[] }; readonly result: Collected }
  destroy: { readonly request: Required<Leave> & OfInstance; readonly result: null }
}
interface OfInstance {
  readonly instance: InstanceId
}

export type CallName = keyof AgentCalls
/** A call's name beside its request, as a union that can be switched on. */
export type Call = { [K in CallName]: { readonly call: K } & AgentCalls[K]['request'] }[CallName]

export type ToAgent =
  | { readonly version: number; readonly id: number; readonly kind: 'call'; readonly body: Call }
  /** Understood in every version: a server of a later one asks the agent to make room for its own. */
  | { readonly version: number; readonly id: number; readonly kind: 'end' }
  /** Nobody waits for the answer of call `id` any more. */
  | { readonly version: number; readonly id: number; readonly kind: 'cancel' }

export type FromAgent =
  | { readonly version: number; readonly id: number; readonly kind: 'result'; readonly result: unknown }
  | { readonly version: number; readonly id: number; readonly kind: 'error'; readonly error: CallError }

export type CallError =
  | { readonly kind: 'instance'; readonly fault: 'client' | 'platform'; readonly message: string }
  | { readonly kind: 'cancelled' }
  /** The other side speaks another version. */
  | { readonly kind: 'version'; readonly speaks: number }
