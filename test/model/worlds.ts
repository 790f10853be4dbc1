import { eventsOf, runBefore } from './job-events.ts'
import type { ModelJob } from './model-job.ts'
import { leavesPool, poolDecided } from './model-quotas.ts'
import { takenUpRehearsal } from './model-rehearsal.ts'
import { placeEvents } from './places.ts'
import { withJob, type Due, type ModelWorld } from './model-world.ts'

/** After a restart no limit of a job that was running fires before it has been seen whether its command has ended meanwhile. */
const LIMITS_WAIT_MS = 2000

/** More than anything comes to that ends. */
const MOST_ROUNDS = 10_000

/** Everything that may have become of a world by then: what is due at the same moment may come in any order. */
export function advanced(world: ModelWorld, until: number): readonly ModelWorld[] {
  const over = new Map<string, ModelWorld>()
  let rounds = 0
  let going: readonly ModelWorld[] = [world]
  while (going.length > 0) {
    if (++rounds > MOST_ROUNDS) throw new Error(`The model goes round in circles: ${going.map(textOf).join()}`)
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
  const { uploadsUntil: _uploads, isAskedBack: _asked, ...rest } = takenUpRehearsal(job)
  const hasRun = runBefore(job, at) > 0
  return { ...rest, launches: 1, limitsFrom: hasRun ? at + LIMITS_WAIT_MS : at }
}

/**
 * What the jobs do at one moment does not depend on their order, so it is that of the first of them; but for those that share something, any of which may come first. What
 * an end leaves of a pool is part of the end.
 */
function firstDue(world: ModelWorld): Due | undefined {
  const dues = Array.from(world.jobs.values(), (job) => ({ job, due: dueOf(world, job) }))
  const at = Math.min(...dues.map(({ due }) => due?.at ?? Number.POSITIVE_INFINITY))
  const now = dues.flatMap(({ job, due }) => (due?.at === at ? [{ job, due }] : []))
  const alone = now.find(({ job }) => leavesPool(job)) ?? now.find(({ job }) => !shares(job))
  if (alone || now.length === 0) return alone?.due
  return { at, happen: (then) => now.flatMap(({ due }) => due.happen(then)) }
}

/** The GPUs, or the quota of pools. */
function shares({ spec, pool }: ModelJob): boolean {
  return spec.gpus !== undefined || pool?.status === 'InUse' || pool?.status === 'Available'
}

function dueOf(world: ModelWorld, job: ModelJob): Due | undefined {
  if (leavesPool(job)) return { at: world.now, happen: (then) => [poolDecided(then, job)] }
  const events = eventsOf(job, world.upSince).map(({ at, happen }) => ({
    at: momentOf(world, at),
    happen: (then: ModelWorld) => [withJob(then, happen(then.now))],
  }))
  const all = [...placeEvents(world, job), ...events]
  if (all.length === 0) return undefined
  const at = Math.min(...all.map((event) => event.at))
  const now = all.filter((event) => event.at === at)
  return { at, happen: (then) => now.flatMap(({ happen }) => happen(then)) }
}

/** What was due while no server was there comes when there is one. */
function momentOf({ now }: ModelWorld, at: number): number {
  return Math.max(at, now)
}

function textOf(world: ModelWorld): string {
  return JSON.stringify({ ...world, jobs: [...world.jobs] })
}
