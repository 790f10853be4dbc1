import type { ModelJob } from './model-job.ts'

/** Everything that a server knows, as the model imagines it. An immutable value. */
export interface ModelWorld {
  /** Epoch milliseconds. */
  readonly now: number
  /** Since when the server runs that runs now. */
  readonly upSince: number
  /** How many jobs there have been. */
  readonly made: number
  /** By name in lower case: names that differ by case alone are the same (behaviour 2.4). */
  readonly jobs: ReadonlyMap<string, ModelJob>
}

/** Something that comes next in a world. */
export interface Due {
  readonly at: number
  /** Each is a world that may follow. */
  readonly happen: (world: ModelWorld) => readonly ModelWorld[]
}

export function withJob(world: ModelWorld, job: ModelJob): ModelWorld {
  return { ...world, jobs: new Map(world.jobs).set(keyOf(job.name), job) }
}

export function withoutJob(world: ModelWorld, name: string): ModelWorld {
  const jobs = new Map(world.jobs)
  jobs.delete(keyOf(name))
  return { ...world, jobs }
}

export function jobNamed(world: ModelWorld, name: string): ModelJob | undefined {
  return world.jobs.get(keyOf(name))
}

function keyOf(name: string): string {
  return name.toLowerCase()
}
