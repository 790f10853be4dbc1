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
import { withJob, type Due, type ModelWorld } from './model-world.ts'

/**
 * What comes of a job's waiting for its place, at once: there is room for all but for those that need the one GPU. On-demand jobs come before spot jobs, then the
 * earlier before the later; one on-demand that waits takes the place of a spot job away (behaviour 1.4.3, 8.1).
 */
export function placeEvents(world: ModelWorld, job: ModelJob): readonly Due[] {
  if (!waits(job)) return []
  const at = world.now
  const holder = holderOf(world)
  const isNext = !job.spec.gpu || nextInLine(world) === job
  if (isNext && (!job.spec.gpu || !holder)) return [{ at, happen: (then) => placed(then, job) }]
  const told = toldToWait(job, at)
  const cleared = isNext && !isSpot(job) && holder && isSpot(holder) ? interrupted(holder, at) : undefined
  return [
    ...(told ? [{ at, happen: (then: ModelWorld) => [withJob(then, told)] }] : []),
    ...(cleared && cleared !== holder ? [{ at, happen: (then: ModelWorld) => [withJob(then, cleared)] }] : []),
  ]
}

function waits(job: ModelJob): boolean {
  return !job.isPlaced && !isOver(job) && ['Starting', 'Pending', 'Interrupted'].includes(secondaryOf(job))
}

function isSpot({ spec }: ModelJob): boolean {
  return spec.maxWait !== undefined
}

/** Who has the GPU. */
function holderOf(world: ModelWorld): ModelJob | undefined {
  return [...world.jobs.values()].find((job) => job.spec.gpu && job.isPlaced && !isOver(job))
}

function nextInLine(world: ModelWorld): ModelJob | undefined {
  const line = [...world.jobs.values()].filter((job) => job.spec.gpu && waits(job))
  const order = (job: ModelJob) => [Number(isSpot(job)), job.created, job.id] as const
  return line.toSorted((one, other) => compared(order(one), order(other)))[0]
}

function compared(one: readonly number[], other: readonly number[]): number {
  return one.map((value, index) => value - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0
}

/** Jobs with accelerators wait as Pending, whose message is replaced where they wait again (behaviour 1.4.3, 1.4.15). */
function toldToWait(job: ModelJob, at: number): ModelJob | undefined {
  if (secondaryOf(job) === 'Starting') return appended(job, at, 'Pending', TEXT.waiting)
  if (secondaryOf(job) !== 'Pending' || job.elements.at(-1)?.message === TEXT.waiting) return undefined
  return retold(job, at, TEXT.waiting)
}

/** A job takes a pool that matches it before it has its first place, if there is any: any of several (behaviour 8.2). */
function placed(world: ModelWorld, job: ModelJob): readonly ModelWorld[] {
  const at = world.now
  // Another place, which is nobody's pool.
  if (secondaryOf(job) === 'Interrupted') return [withJob(world, startedAgain({ ...job, isWarm: false }, at))]
  const others = [...world.jobs.values()]
  const hasOne = others.some(({ pool }) => pool?.status === 'Reused' && pool.by.id === job.id)
  const pools = hasOne || isSpot(job) ? [] : others.filter((other) => isTakeable(other, job, at))
  if (pools.length > 0) return pools.map((owner) => withJob(world, reused(owner, job, at)))
  return [withJob(world, { ...retold(job, at, TEXT.preparing), isPlaced: true, isWarm: hasOne, launchedAt: at })]
}

function isTakeable({ pool, spec }: ModelJob, taker: ModelJob, at: number): boolean {
  if (pool?.status !== 'Available' || pool.until <= at) return false
  return spec.hosts.length === taker.spec.hosts.length && spec.gpu === taker.spec.gpu
}

function reused(owner: ModelJob, { name, id }: ModelJob, at: number): ModelJob {
  const { pool } = owner
  const retained = pool?.status === 'Available' ? retainedSeconds(pool.since, at) : 0
  const told = retold(owner, at, `Resource reused by training job: ${name}`)
  return { ...told, pool: { status: 'Reused', retained, by: { name, id } } }
}
