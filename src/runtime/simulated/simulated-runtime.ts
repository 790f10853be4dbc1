import type { JobClock } from '../../clock/clock.ts'
import type { Artifact, Instance, InstanceId, InstanceSpec, Runtime, RuntimeCapabilities } from '../runtime.ts'
import { SimulatedInstance, type SimulatedCommand, type SimulatedStages } from './simulated-instance.ts'

const CAPABILITIES: RuntimeCapabilities = {
  hosts: 200,
  jobNetwork: { interface: 'eth0', endpoint: 'http://10.0.2.1:8484', open: false },
  images: false,
  optMl: true,
}

/** What every simulated job takes unless it is said otherwise, in milliseconds of job time. */
const FIXED_STAGES: SimulatedStages = { launch: 1000, download: 2000, run: 5000, collect: 1000 }

/**
 * Runs nothing: plays fixed durations on the job clock, real under `serve`, virtual in tests. Its instances live in memory only, so what was
 * under way when a server ended plays again from the stage that the record shows.
 */
export class SimulatedRuntime implements Runtime {
  readonly name = 'simulated'
  readonly #clock: JobClock
  readonly #stages: SimulatedStages
  readonly #commandOf: (id: InstanceId) => SimulatedCommand
  readonly #instances = new Map<string, SimulatedInstance>()

  /** @param commandOf how the commands of single instances fare; each succeeds unless it is said otherwise */
  constructor(
    clock: JobClock,
    stages: SimulatedStages = FIXED_STAGES,
    commandOf: (id: InstanceId) => SimulatedCommand = () => ({}),
  ) {
    this.#clock = clock
    this.#stages = stages
    this.#commandOf = commandOf
  }

  capabilities(): Promise<RuntimeCapabilities> {
    return Promise.resolve(CAPABILITIES)
  }

  admit(): Promise<{ readonly admitted: true }> {
    return Promise.resolve({ admitted: true })
  }

  async launch(spec: InstanceSpec, options: { readonly signal?: AbortSignal }): Promise<Instance> {
    const instance = this.#instance(spec.id)
    await instance.launch(spec, options)
    return instance
  }

  /** Never undefined for a job's current instance: one of an earlier life plays its stage again. */
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
    await Promise.all(instances.map((id) => this.#instance(id).collect(options)))
    return []
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #instance(id: InstanceId): SimulatedInstance {
    const key = `${id.jobId}/${id.attempt}/${id.host}`
    const known = this.#instances.get(key)
    if (known) return known
    const gone = () => this.#instances.delete(key)
    const command = this.#commandOf(id)
    const instance = new SimulatedInstance(id, { clock: this.#clock, stages: this.#stages, command, gone })
    this.#instances.set(key, instance)
    return instance
  }
}
