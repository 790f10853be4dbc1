import { eventsOf, runBefore, type ModelEvent } from './job-events.ts'
import { retainedSeconds, retold, secondaryOf, TEXT, type ModelJob } from './model-job.ts'

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

/** After a restart no limit of a job that was running fires before it has been seen whether its command has ended meanwhile. */
const LIMITS_WAIT_MS = 2000

interface Due {
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

/** Everything that may have become of a world by then: what is due at the same moment may come in any order. */
export function advanced(world: ModelWorld, until: number): readonly ModelWorld[] {
  const over = new Map<string, ModelWorld>()
  let going: readonly ModelWorld[] = [world]
  while (going.length > 0) {
    const next: ModelWorld[] = []
    for (const one of going) {
      const due = firstDue(one)
      if (due && due.at <= until) next.push(...due.happen({ ...one, now: due.at }))
      else over.set(textOf({ ...one, now: until }), { ...one, now: until })
    }
    going = distinct(next)
  }
  return [...over.values()]
}

/** Every world that comes about on the way to where nothing is due at the present moment, the first included. */
export function wayThroughPresent(world: ModelWorld): readonly ModelWorld[] {
  const seen = new Map<string, ModelWorld>()
  let going: readonly ModelWorld[] = [world]
  while (going.length > 0) {
    for (const one of going) seen.set(textOf(one), one)
    going = distinct(
      going.flatMap((one) => {
        const due = firstDue(one)
        return due && due.at <= one.now ? due.happen(one) : []
      }),
    )
  }
  return [...seen.values()]
}

/** Epoch milliseconds at which something is due. */
export function nextDue(world: ModelWorld): number | undefined {
  return firstDue(world)?.at
}

export function distinct(worlds: readonly ModelWorld[]): readonly ModelWorld[] {
  return [...new Map(worlds.map((world) => [textOf(world), world])).values()]
}

/** Another server takes up what the folder holds. */
export function reopened(world: ModelWorld, at: number): ModelWorld {
  const jobs = new Map(Array.from(world.jobs, ([key, job]) => [key, takenUp(job, at)]))
  return { ...world, now: at, upSince: at, jobs }
}

function takenUp(job: ModelJob, at: number): ModelJob {
  const { uploadsUntil: _uploads, ...rest } = job
  const hasRun = runBefore(job, at) > 0
  return { ...rest, launches: 1, limitsFrom: hasRun ? at + LIMITS_WAIT_MS : at }
}

/** Of the first job that something is due of: what the jobs do at one moment does not depend on their order. */
function firstDue(world: ModelWorld): Due | undefined {
  let first: Due | undefined
  for (const job of world.jobs.values()) {
    const due = dueOf(world, job)
    if (due && (!first || due.at < first.at)) first = due
  }
  return first
}

function dueOf(world: ModelWorld, job: ModelJob): Due | undefined {
  const events = eventsOf(job, world.upSince)
  if (secondaryOf(job) === 'Starting' && !job.isPlaced) return placing(world, job, events)
  if (events.length === 0) return undefined
  const at = Math.min(...events.map((event) => momentOf(world, event)))
  const now = events.filter((event) => momentOf(world, event) === at)
  return { at, happen: (then) => now.map(({ happen }) => withJob(then, happen(at))) }
}

/** What was due while no server was there comes when there is one. */
function momentOf({ now }: ModelWorld, { at }: ModelEvent): number {
  return Math.max(at, now)
}

/** A job gets its place at once, because there is room for all; and a limit may come first. */
function placing(world: ModelWorld, job: ModelJob, limits: readonly ModelEvent[]): Due {
  const at = world.now
  const late = limits.filter((limit) => momentOf(world, limit) <= at)
  return {
    at,
    happen: (then) => [...placed(then, job), ...late.map(({ happen }) => withJob(then, happen(at)))],
  }
}

/** A job takes a pool that matches it before it is placed, if there is any: any of several (behaviour 8.2). */
function placed(world: ModelWorld, job: ModelJob): readonly ModelWorld[] {
  const at = world.now
  const others = [...world.jobs.values()]
  const hasOne = others.some(({ pool }) => pool?.status === 'Reused' && pool.by.id === job.id)
  const pools = hasOne || job.spec.maxWait !== undefined ? [] : others.filter((other) => isTakeable(other, job, at))
  if (pools.length > 0) return pools.map((owner) => withJob(world, reused(owner, job, at)))
  return [withJob(world, { ...retold(job, at, TEXT.preparing), isPlaced: true, isWarm: hasOne, launchedAt: at })]
}

function isTakeable({ pool, spec, primary }: ModelJob, taker: ModelJob, at: number): boolean {
  return (
    pool?.status === 'Available' &&
    pool.until > at &&
    primary !== 'Deleting' &&
    spec.hosts.length === taker.spec.hosts.length
  )
}

function reused(owner: ModelJob, { name, id }: ModelJob, at: number): ModelJob {
  const { pool } = owner
  const retained = pool?.status === 'Available' ? retainedSeconds(pool.since, at) : 0
  const told = retold(owner, at, `Resource reused by training job: ${name}`)
  return { ...told, pool: { status: 'Reused', retained, by: { name, id } } }
}

function textOf(world: ModelWorld): string {
  return JSON.stringify({ ...world, jobs: [...world.jobs] })
}
