import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import { instanceFolder, knownInstances } from '../../agent/instance-folder.ts'
import type { JobUser, SandboxPlan } from '../../agent/messages.ts'
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
  Runtime,
  RuntimeCapabilities,
} from '../runtime.ts'
import { Admissions } from './admission.ts'
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
  readonly clock: JobClock
  readonly log: Logger
}

/**
 * Runs each instance as a process of this machine, in a box of namespaces where the machine allows it.
 *
 * @throws IsolationError when the configuration asks for a box that cannot be had here
 */
export async function processRuntime(options: ProcessRuntimeOptions): Promise<Runtime> {
  const dataFolder = resolve(options.dataFolder)
  const plan = await choosePlan({ ...options, dataFolder, launcher: ownFile('runtime/process/launcher') })
  options.log.info({ isolation: plan.isolation, overlay: plan.overlay }, 'process runtime')
  const runtime = new ProcessRuntime({ ...options, dataFolder }, plan)
  runtime.wakeAgent()
  return runtime
}

class ProcessRuntime implements Runtime {
  readonly name = 'process'
  readonly capabilities: RuntimeCapabilities
  readonly #options: ProcessRuntimeOptions
  readonly #plan: SandboxPlan
  readonly #agent: AgentClient
  readonly #admissions: Admissions

  constructor(options: ProcessRuntimeOptions, plan: SandboxPlan) {
    this.#options = options
    this.#plan = plan
    this.#agent = new AgentClient(options)
    this.#admissions = new Admissions(plan, options.dataFolder)
    this.capabilities = { hosts: 1, images: false, optMl: plan.isolation !== 'base-dir' }
  }

  /** Starts the agent ahead of the first job, and lets one that outlived its server know that there is one again. */
  wakeAgent(): void {
    this.#agent.call('hello', {}).catch((error: unknown) => {
      // A server that ends before its agent answers, as when its port is taken, has no need of one.
      if (error instanceof AgentClosedError) return
      this.#options.log.warn({ err: error }, 'no agent yet')
    })
  }

  problem(): string | undefined {
    return this.#agent.isConnected ? undefined : 'the agent does not answer'
  }

  admit(job: AdmissionRequest): Promise<Admission> {
    return this.#admissions.admit(job)
  }

  async launch(spec: InstanceSpec, { signal }: { readonly signal?: AbortSignal }): Promise<Instance> {
    await this.#agent.call('launch', { order: { spec, plan: this.#plan } }, signal)
    return this.#instance(spec.id)
  }

  find(id: InstanceId): Promise<Instance | undefined> {
    const { folder } = instanceFolder(this.#options.dataFolder, id)
    return Promise.resolve(existsSync(folder) ? this.#instance(id) : undefined)
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
    this.#agent.close((await this.known()).length > 0)
  }

  #instance(id: InstanceId): Instance {
    return new ProcessInstance(id, this.#options.dataFolder, this.#agent)
  }
}
