import { join } from 'node:path'
import type { JobClock } from '../../clock/clock.ts'
import type { JobState } from '../../lifecycle/job.ts'
import type { DurableFiles } from '../../durable/durable-files.ts'
import {
  InstanceError,
  type Admission,
  type AdmissionRequest,
  type Artifact,
  type Instance,
  type InstanceEnd,
  type InstanceId,
  type InstanceSpec,
  type Runtime,
  type RuntimeCapabilities,
} from '../runtime.ts'
import { hostNames, readSimulation, SimulationError } from './read-simulation.ts'
import { simulatedArtifact } from './simulated-artifact.ts'
import { SimulatedInstance, type Known } from './simulated-instance.ts'
import { FIXED_STAGES, simulationOf, type SimulatedStages, type Simulation } from './simulation.ts'

const CAPABILITIES: RuntimeCapabilities = {
  hosts: 200,
  jobNetwork: { interface: 'eth0', endpoint: 'http://10.0.2.1:8484', open: false },
  optMl: true,
}

/** How an instance's command fares where its job brings no script: the members of a simulation that tests set from outside. */
export interface SimulatedCommand {
  /** Milliseconds of job time; the stage's own where it is not given. */
  readonly run?: number
  /** Exit code 0 where it is not given. */
  readonly end?: InstanceEnd
  /** Whether it ignores SIGTERM, so that a stop takes its whole grace. */
  readonly ignoresTerm?: boolean
}

/** What the record of a job says of one of its instances. */
export interface SimulatedRecord {
  readonly state: JobState
  /** The job's `Environment`. */
  readonly variables: Readonly<Record<string, string>>
  readonly hosts: readonly string[]
  readonly logFile: string
  readonly logMaxBytes: number
}

/** What the runtime asks the server that it is part of. */
export interface SimulationSource {
  /** The text of a plan that the server keeps. */
  plan(name: string): string | undefined
  /** Undefined for a job that is not there. */
  record(id: InstanceId): Promise<SimulatedRecord | undefined>
  /** Absolute path of a folder for artifacts until they are taken. */
  readonly folder: string
  readonly durable: DurableFiles
}

/**
 * Runs nothing: plays what a job's `TRAINYARD_SIMULATE` says, or a default profile, on the job clock. Its instances live in memory only; what was under way
 * when a server ended goes on by the times of the record.
 */
export class SimulatedRuntime implements Runtime {
  readonly name = 'simulated'
  readonly #clock: JobClock
  readonly #stages: SimulatedStages
  readonly #commandOf: (id: InstanceId) => SimulatedCommand
  readonly #source: SimulationSource | undefined
  readonly #instances = new Map<string, SimulatedInstance>()

  /**
   * @param stages of jobs without a script
   * @param commandOf how the commands of single instances without a script fare; each succeeds unless it is said otherwise
   * @param source without it there are no plans, and nothing of an earlier life is known
   */
  constructor(
    clock: JobClock,
    stages: SimulatedStages = FIXED_STAGES,
    commandOf: (id: InstanceId) => SimulatedCommand = () => ({}),
    source?: SimulationSource,
  ) {
    this.#clock = clock
    this.#stages = stages
    this.#commandOf = commandOf
    this.#source = source
  }

  capabilities(): Promise<RuntimeCapabilities> {
    return Promise.resolve(CAPABILITIES)
  }

  admit({ variables, hosts }: Pick<AdmissionRequest, 'variables' | 'hosts'>): Promise<Admission> {
    // Refused for their number, before each of them has a name.
    if (hosts > CAPABILITIES.hosts) return Promise.resolve({ admitted: true })
    try {
      readSimulation(variables, this.#plan, hostNames(hosts))
      return Promise.resolve({ admitted: true })
    } catch (error) {
      if (!(error instanceof SimulationError)) throw error
      return Promise.resolve({ admitted: false, reason: error.message })
    }
  }

  async launch(spec: InstanceSpec, options: { readonly signal?: AbortSignal }): Promise<Instance> {
    const instance = this.#instance(spec.id)
    await instance.launch(spec, options)
    return instance
  }

  /** Never undefined for a job's current instance: one of an earlier life goes on. */
  find(id: InstanceId): Promise<Instance | undefined> {
    return Promise.resolve(this.#instance(id))
  }

  known(): Promise<readonly InstanceId[]> {
    return Promise.resolve(Array.from(this.#instances.values(), ({ id }) => id))
  }

  async collect(
    instances: readonly InstanceId[],
    options: { readonly signal?: AbortSignal },
  ): Promise<readonly Artifact[]> {
    const sizes = await Promise.all(instances.map((id) => this.#instance(id).collect(options)))
    const { jobId = '', attempt = 1 } = instances[0] ?? {}
    const all = Object.assign({}, ...sizes) as Simulation['artifacts']
    if (!this.#source) return []
    const { folder, durable } = this.#source
    const artifacts: Artifact[] = []
    for (const kind of ['model', 'output'] as const) {
      const size = all[kind]
      const path = join(folder, `simulated-${jobId}-${attempt}-${kind}.tar.gz`)
      if (size !== undefined) artifacts.push(await simulatedArtifact(kind, size, { path, durable }))
    }
    return artifacts
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  readonly #plan = (name: string): string | undefined => this.#source?.plan(name)

  #instance(id: InstanceId): SimulatedInstance {
    const key = `${id.jobId}/${id.attempt}/${id.host}`
    const known = this.#instances.get(key)
    if (known) return known
    const gone = () => this.#instances.delete(key)
    const know = (spec: InstanceSpec | undefined) => this.#know(id, spec)
    const instance = new SimulatedInstance(id, { clock: this.#clock, know, gone })
    this.#instances.set(key, instance)
    return instance
  }

  /** @throws InstanceError for a plan that has gone, or changed for the worse, since Create */
  async #know(id: InstanceId, spec: InstanceSpec | undefined): Promise<Known> {
    const record = await this.#source?.record(id)
    const { variables = {}, hosts = [id.host] } = spec ?? record ?? {}
    const { logFile, logMaxBytes = Number.MAX_SAFE_INTEGER } = spec ?? record ?? {}
    const simulation = this.#simulation(id, variables, hosts)
    const state = record?.state
    return { simulation, logMaxBytes, ...(state ? { state } : {}), ...(logFile === undefined ? {} : { logFile }) }
  }

  #simulation(id: InstanceId, variables: Readonly<Record<string, string>>, hosts: readonly string[]): Simulation {
    try {
      const script = readSimulation(variables, this.#plan, hosts)
      const { run, ...command } = this.#commandOf(id)
      const stages = { ...this.#stages, ...(run === undefined ? {} : { run }) }
      return simulationOf({ rules: [{ change: { stages, ...command } }, ...script.rules] }, id)
    } catch (error) {
      if (!(error instanceof SimulationError)) throw error
      throw new InstanceError('client', error.message, { cause: error })
    }
  }
}
