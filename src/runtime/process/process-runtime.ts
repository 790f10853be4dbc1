import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import { instanceFolder, instancePath, knownInstances, readRecord } from '../../agent/instance-folder.ts'
import type { JobUser, LaunchOrder, SandboxPlan } from '../../agent/messages.ts'
import { bridgeOf } from '../../agent/network/box-network.ts'
import { networkFolder } from '../../agent/network/network-folder.ts'
import { isKeeperAlive, readKeeper } from '../../agent/status-file.ts'
import { parseSubnet, type Subnet } from '../../util/subnet.ts'
import { JOB_PORT, JobSockets, type SocketTaker } from './job-sockets.ts'
import { ownFile } from '../../installation/own-file.ts'
import type { JobClock } from '../../clock/clock.ts'
import type { Config } from '../../config/config.ts'
import type {
  Admission,
  AdmissionRequest,
  Artifact,
  Instance,
  InstanceId,
  InstanceSpec,
  JobNetwork,
  Runtime,
  RuntimeCapabilities,
} from '../runtime.ts'
import { Admissions, networkCapacity } from './admission.ts'
import { AgentClient, AgentClosedError } from './agent-client.ts'
import { choosePlan } from './choose-plan.ts'
import { ProcessInstance } from './process-instance.ts'

export interface ProcessRuntimeOptions {
  readonly dataFolder: string
  readonly config: Config['process']
  /** The user that jobs run as; to be given when this server runs as root, and only then. */
  readonly jobUser?: JobUser
  /** Starts the agent: `runAgent` of src/agent/main.ts, with `--data FOLDER` added to its arguments. */
  readonly agentCommand: readonly string[]
  /** Resolves with what answers jobs on networks of their own, once that is there. */
  taker(): Promise<SocketTaker>
  readonly clock: JobClock
  readonly log: Logger
}

/** How jobs are run on this machine. */
interface Prepared {
  readonly plan: SandboxPlan
  readonly admissions: Admissions
  readonly capabilities: RuntimeCapabilities
}

/** Runs each instance as a process of this machine, in a box of namespaces where the machine allows it. */
export class ProcessRuntime implements Runtime {
  readonly name = 'process'
  readonly #options: ProcessRuntimeOptions
  readonly #agent: AgentClient
  readonly #sockets: JobSockets
  #prepared: Promise<Prepared> | undefined

  constructor(options: ProcessRuntimeOptions) {
    this.#options = { ...options, dataFolder: resolve(options.dataFolder) }
    this.#agent = new AgentClient(this.#options)
    this.#sockets = new JobSockets(this.#options)
  }

  /** @throws IsolationError when the configuration asks for a box that cannot be had here */
  async capabilities(): Promise<RuntimeCapabilities> {
    return (await this.#prepare()).capabilities
  }

  /** Finds out how jobs are run here when that is first needed, and makes ready for them. */
  #prepare(): Promise<Prepared> {
    this.#prepared ??= this.#choose()
    return this.#prepared
  }

  async #choose(): Promise<Prepared> {
    const { dataFolder, log } = this.#options
    const chosen = await choosePlan({ ...this.#options, launcher: ownFile('runtime/process/launcher') })
    const { plan, networks, limits } = chosen
    const { isolation, overlay, network } = plan
    const limited = plan.limits ? Object.keys(plan.limits.parent.folders) : limits
    log.info({ isolation, overlay, network: network ?? networks.own, limits: limited }, 'process runtime')
    this.#wakeAgent()
    this.#enterNetworks().catch((error: unknown) => log.warn({ err: error }, 'networks of jobs not entered'))
    return { plan, admissions: new Admissions(chosen, dataFolder), capabilities: capabilitiesOf(plan) }
  }

  /** Starts the agent ahead of the first job, and lets one that outlived its server know that there is one again. */
  #wakeAgent(): void {
    this.#agent.call('hello', {}).catch((error: unknown) => {
      // A server that ends before its agent answers, as when its port is taken, has no need of one.
      if (error instanceof AgentClosedError) return
      this.#options.log.warn({ err: error }, 'no agent yet')
    })
  }

  problem(): string | undefined {
    return this.#agent.isConnected ? undefined : 'the agent does not answer'
  }

  /** Jobs that run on networks of their own had the socket of a server that has ended. */
  async #enterNetworks(): Promise<void> {
    const { dataFolder, log } = this.#options
    for (const id of await this.known()) {
      const order = readRecord<LaunchOrder>(instanceFolder(dataFolder, id).order)
      const place = networkFolder(dataFolder, id)
      const holder = readKeeper(place.holder)
      if (order?.spec.network !== 'job' || !existsSync(place.ready) || !isKeeperAlive(holder)) continue
      await this.#sockets.reach(id, holder.pid, bridgeOf(order)).catch((error: unknown) => {
        log.warn({ err: error, instance: id }, 'a running job cannot reach this server')
      })
    }
  }

  async admit(job: AdmissionRequest): Promise<Admission> {
    const { admissions } = await this.#prepare()
    return admissions.admit(job)
  }

  async launch(spec: InstanceSpec, { signal }: { readonly signal?: AbortSignal }): Promise<Instance> {
    const { plan } = await this.#prepare()
    // The folder is the truth: one that is launched need not be asked for again.
    const { launched } = instanceFolder(this.#options.dataFolder, spec.id)
    if (!existsSync(launched)) await this.#agent.call('launch', { order: { spec, plan } }, signal)
    return this.#instance(spec.id)
  }

  find(id: InstanceId): Promise<Instance | undefined> {
    return Promise.resolve(existsSync(instancePath(this.#options.dataFolder, id)) ? this.#instance(id) : undefined)
  }

  known(): Promise<readonly InstanceId[]> {
    return knownInstances(this.#options.dataFolder)
  }

  async collect(
    instances: readonly InstanceId[],
    { signal }: { readonly signal?: AbortSignal },
  ): Promise<readonly Artifact[]> {
    const { artifacts, leftOut } = await this.#agent.call('collect', { instances }, signal)
    if (leftOut.length > 0)
      this.#options.log.warn({ instances, leftOut }, 'entries that are no plain files were not packed')
    return artifacts
  }

  async close(): Promise<void> {
    // What is tried on the machine is cleared away when it ends.
    await this.#prepared?.catch(() => {})
    await this.#sockets.close()
    this.#agent.close((await this.known()).length > 0)
  }

  #instance(id: InstanceId): Instance {
    const { dataFolder } = this.#options
    return new ProcessInstance(id, { dataFolder, agent: this.#agent, sockets: this.#sockets })
  }
}

function capabilitiesOf(plan: SandboxPlan): RuntimeCapabilities {
  const subnet = plan.network && parseSubnet(plan.network.subnet)
  return {
    hosts: networkCapacity(plan),
    optMl: plan.isolation !== 'base-dir',
    ...(subnet ? { jobNetwork: jobNetwork(subnet, plan) } : {}),
  }
}

function jobNetwork({ bridge }: Subnet, { network }: SandboxPlan): JobNetwork {
  return { interface: 'eth0', endpoint: `http://${bridge}:${JOB_PORT}`, open: network?.open === true }
}
