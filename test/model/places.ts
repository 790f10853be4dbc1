import { LIMITS } from './limits.ts'
import {
  appended,
  interrupted,
  isOver,
  retainedSeconds,
  retold,
  secondaryOf,
  startedAgain,
  TEXT,
  type ModelJob,
} from './model-job.ts'
import { hasPool, isSpot, matches } from './model-quotas.ts'
import { isFailing, noCapacity } from './model-rehearsal.ts'
import { withJob, type Due, type ModelWorld } from './model-world.ts'

/** What comes of a job's waiting for its place, at once: there is room for all but for those that need a GPU (behaviour 1.4.3, 8.1). */
export function placeEvents(world: ModelWorld, job: ModelJob): readonly Due[] {
  if (!waits(job)) return []
  const at = world.now
  const none = noCapacity(job, at)
  const toldToWait = tellToWait(job, at)
  const told: readonly Due[] = toldToWait ? [{ at, happen: (then) => [withJob(then, toldToWait)] }] : []
  if (none) {
    const events = none.events.map((event) => ({
      at: event.at,
      happen: (then: ModelWorld) => [withJob(then, event.happen(then.now))],
    }))
    return none.isTold ? [...told, ...events] : events
  }
  if (!gpusOf(job)) return [{ at, happen: (then) => placed(then, job) }]
  const { starts, missing } = turnOf(world)
  if (starts.has(job)) return [{ at, happen: (then) => placed(then, job) }]
  const victims = victimsOf(world, missing)
  return victims.length > 0 ? [...told, { at, happen: (then) => victims.map((some) => askedBack(then, some)) }] : told
}

function waits(job: ModelJob): boolean {
  return (
    !isFailing(job) &&
    !job.isPlaced &&
    !isOver(job) &&
    ['Starting', 'Pending', 'Interrupted'].includes(secondaryOf(job))
  )
}

function gpusOf({ spec }: ModelJob): number {
  return spec.gpus ?? 0
}

function sumOf(jobs: readonly ModelJob[]): number {
  return jobs.reduce((sum, job) => sum + gpusOf(job), 0)
}

function holdersOf(world: ModelWorld): readonly ModelJob[] {
  return [...world.jobs.values()].filter((job) => gpusOf(job) > 0 && job.isPlaced && !isOver(job))
}

/** On-demand jobs come before spot jobs, then the higher priority, then the earlier. */
function lineOf(world: ModelWorld): readonly ModelJob[] {
  const order = (job: ModelJob) => [Number(isSpot(job)), -(job.spec.priority ?? 0), job.created, job.id] as const
  return [...world.jobs.values()]
    .filter((job) => gpusOf(job) > 0 && waits(job) && !noCapacity(job, world.now))
    .toSorted((one, other) => compared(order(one), order(other)))
}

function compared(one: readonly number[], other: readonly number[]): number {
  return one.map((value, index) => value - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0
}

interface Turn {
  readonly starts: ReadonlySet<ModelJob>
  /** GPUs that spot jobs have of those that on-demand jobs shall have. */
  readonly missing: number
}

/** On-demand jobs pass over spot jobs as if these were not there. With two GPUs none may start before one that cannot: it would always take what that one needs. */
function turnOf(world: ModelWorld): Turn {
  const holders = holdersOf(world)
  let free = LIMITS.gpus - sumOf(holders)
  let besideOnDemand = LIMITS.gpus - sumOf(holders.filter((job) => !isSpot(job)))
  const starts = new Set<ModelJob>()
  for (const job of lineOf(world)) {
    if (gpusOf(job) > (isSpot(job) ? free : besideOnDemand)) break
    if (gpusOf(job) <= free) starts.add(job)
    free -= gpusOf(job)
    besideOnDemand -= gpusOf(job)
  }
  return { starts, missing: Math.max(0, -free) }
}

/** The youngest spot jobs, as many as needed and no more; of those that got their place at the same moment any. */
function victimsOf(world: ModelWorld, missing: number): readonly (readonly ModelJob[])[] {
  const spot = holdersOf(world).filter((job) => isSpot(job))
  const needed = missing - sumOf(spot.filter(({ isAskedBack }) => isAskedBack))
  if (needed <= 0) return []
  const others = spot.filter(({ isAskedBack }) => !isAskedBack)
  return [1, -1].map((tie) => {
    const youngestFirst = others.toSorted((one, other) => other.placedAt - one.placedAt || tie * (one.id - other.id))
    return youngestFirst.filter((_job, index) => sumOf(youngestFirst.slice(0, index)) < needed)
  })
}

/** What is past an interruption ends by itself, and is waited for. */
function askedBack(world: ModelWorld, victims: readonly ModelJob[]): ModelWorld {
  return victims.reduce((then, job) => {
    const next = interrupted(job, world.now) ?? job
    return withJob(then, next.isPlaced ? { ...next, isAskedBack: true } : next)
  }, world)
}

/** Jobs with accelerators wait as Pending, whose message is replaced where they wait again (behaviour 1.4.3, 1.4.15); all others under Starting (1.4.9). */
function tellToWait(job: ModelJob, at: number): ModelJob | undefined {
  const secondary = secondaryOf(job)
  if (secondary === 'Interrupted') return undefined
  if (gpusOf(job) && secondary === 'Starting') return appended(job, at, 'Pending', TEXT.waiting)
  const text = gpusOf(job) ? TEXT.waiting : TEXT.noCapacity
  return job.elements.at(-1)?.message === text ? undefined : retold(job, at, text)
}

/** A job takes a pool that matches it before it has its first place, if there is any: any of several (behaviour 8.2). */
function placed(world: ModelWorld, job: ModelJob): readonly ModelWorld[] {
  const at = world.now
  // Another place, which is nobody's pool.
  if (secondaryOf(job) === 'Interrupted')
    return [withJob(world, startedAgain({ ...job, isWarm: false, placedAt: at }, at))]
  const hasOne = hasPool(world, job)
  const others = [...world.jobs.values()]
  const pools = hasOne ? [] : others.filter((other) => isTakeable(other, job, at))
  if (pools.length > 0) return pools.map((owner) => withJob(world, reused(owner, job, at)))
  const preparing = retold(job, at, TEXT.preparing)
  return [withJob(world, { ...preparing, isPlaced: true, placedAt: at, isWarm: hasOne, launchedAt: at })]
}

function isTakeable(owner: ModelJob, taker: ModelJob, at: number): boolean {
  return owner.pool?.status === 'Available' && owner.pool.until > at && matches(owner, taker)
}

function reused(owner: ModelJob, { name, id }: ModelJob, at: number): ModelJob {
  const { pool } = owner
  const retained = pool?.status === 'Available' ? retainedSeconds(pool.since, at) : 0
  const told = retold(owner, at, `Resource reused by training job: ${name}`)
  return { ...told, pool: { status: 'Reused', retained, by: { name, id } } }
}
