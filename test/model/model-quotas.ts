import { groupsOf, isGrouped, type Group } from './job-spec.ts'
import { quotaOf } from './limits.ts'
import { isOver, retold, secondaryOf, TEXT, type ModelJob } from './model-job.ts'
import { withJob, type ModelWorld } from './model-world.ts'

export function isSpot({ spec }: ModelJob): boolean {
  return spec.maxWait !== undefined
}

/** Whether one may run on the instances that the other has kept (behaviour 8.2): those of spot jobs and of groups are never kept. */
export function matches(job: ModelJob, other: ModelJob): boolean {
  return [job, other].every((one) => !isSpot(one) && !isGrouped(one.spec)) && shapeOf(job) === shapeOf(other)
}

function shapeOf({ spec }: ModelJob): string {
  return groupsOf(spec)
    .map(({ type, count }) => `${type} ${count}`)
    .join()
}

/** Whether a warm pool was taken for this job. */
export function hasPool(world: ModelWorld, job: ModelJob): boolean {
  return [...world.jobs.values()].some(({ pool }) => pool?.status === 'Reused' && pool.by.id === job.id)
}

/** AWS's text where a quota has no room for a job that is to be created (behaviour 6.2); undefined where it has. */
export function quotaExceeded(world: ModelWorld, job: ModelJob): string | undefined {
  const kind = isSpot(job) ? 'spot ' : ''
  for (const { type, count } of groupsOf(job.spec)) {
    const limit = quotaOf(kind + type)
    const used = usage(world, type, isSpot(job))
    if (limit === undefined || usage(withJob(world, job), type, isSpot(job)) <= limit) continue
    return (
      `The account-level service limit '${type} for ${kind}training job usage' is ${limit} Instances, with current utilization of ${used} Instances ` +
      `and a request delta of ${count} Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, ` +
      'contact AWS support to request an increase for this quota.'
    )
  }
  return undefined
}

/** Instances of jobs that are not over, and of pools that none of them waits for (behaviour 8.2). */
function usage(world: ModelWorld, type: Group['type'], spot: boolean): number {
  const jobs = [...world.jobs.values()].filter((job) => isSpot(job) === spot)
  const takers = jobs.filter((job) => mayTakePool(world, job))
  let used = 0
  for (const job of jobs) {
    if (isOver(job)) {
      if (job.pool?.status !== 'Available') continue
      const taker = takers.findIndex((other) => matches(job, other))
      if (taker !== -1) {
        takers.splice(taker, 1)
        continue
      }
    }
    used += groupsOf(job.spec).find((group) => group.type === type)?.count ?? 0
  }
  return used
}

function mayTakePool(world: ModelWorld, job: ModelJob): boolean {
  const waits = !isOver(job) && !job.isPlaced && ['Starting', 'Pending'].includes(secondaryOf(job))
  return waits && !hasPool(world, job)
}

/** Whether it is still to be decided what becomes of the instances of a job that is over. */
export function leavesPool(job: ModelJob): boolean {
  return isOver(job) && job.pool?.status === 'InUse'
}

/** Beyond the quota of pools the instances are not retained (behaviour 8.2). */
export function poolDecided(world: ModelWorld, job: ModelJob): ModelWorld {
  const [group] = groupsOf(job.spec)
  const at = job.trainingEnd
  if (!group || at === undefined) return world
  const used = [...world.jobs.values()]
    .filter(({ pool }) => pool?.status === 'Available')
    .flatMap(({ spec }) => groupsOf(spec))
    .filter(({ type }) => type === group.type)
    .reduce((sum, { count }) => sum + count, 0)
  if (used + group.count > (quotaOf(`warm-pool ${group.type}`) ?? Infinity))
    return withJob(world, { ...job, pool: { status: 'Terminated', retained: 0 } })
  const until = at + (job.spec.keepAlive ?? 0) * 1000
  return withJob(world, { ...retold(job, at, TEXT.retained), pool: { status: 'Available', since: at, until } })
}
