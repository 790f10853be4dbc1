import type { Placement } from '../lifecycle/placement.ts'
import { isTerminal, type SecondaryStatus } from '../lifecycle/status.ts'
import { recordEvent } from '../store/record-event.ts'
import type { JobRecord } from '../store/store.ts'
import type { SupervisorContext } from './context.ts'
import { parseJobRequest, type JobRequest } from './job-request.ts'

/**
 * What a job must have in common with another to run on what that one kept warm (behaviour 8.2); equal sessions are unknown on AWS.
 * @returns undefined where it can neither keep a pool nor take one: spot jobs, and those with instance groups
 */
export function warmPoolKey(request: JobRequest): string | undefined {
  const { ResourceConfig: resources, VpcConfig: network } = request
  if (request.EnableManagedSpotTraining || !resources?.InstanceType || resources.InstanceGroups?.length)
    return undefined
  return JSON.stringify([
    request.RoleArn,
    resources.InstanceCount,
    resources.InstanceType,
    resources.VolumeKmsKeyId ?? '',
    resources.VolumeSizeInGB,
    network ? [network.SecurityGroupIds.toSorted(), network.Subnets.toSorted()] : [],
    request.EnableInterContainerTrafficEncryption ?? false,
    request.EnableNetworkIsolation ?? false,
    request.SessionChainingConfig?.EnableSessionTagChaining ?? false,
  ])
}

/**
 * Takes the warm pool of an earlier job that this one matches, if there is any: its record says so then, and of two jobs that want it one has it. A job
 * that has taken one before keeps it.
 */
export async function takeWarmPool(
  { store, clock, pools }: Pick<SupervisorContext, 'store' | 'clock' | 'pools'>,
  { id: jobId, account, region, name, request }: JobRecord,
): Promise<Placement['reuses']> {
  const taken = await store.poolTakenBy(jobId)
  if (taken) return { jobId: taken.id, attempt: taken.state.attempt }
  if (!(await store.hasAvailablePool(account))) return undefined
  const key = warmPoolKey(parseJobRequest(request))
  if (key === undefined) return undefined
  for (const id of await store.availablePools({ account, region, key })) {
    const owner = await store.job(id)
    // Its period may have ended while no server was there to say so.
    if (owner?.state.warmPool?.status !== 'Available' || pools.left(id, owner.state.warmPool) <= 0) continue
    const event = { kind: 'pool-reused', by: { jobId, name } } as const
    const recorded = await recordEvent(store, clock, { jobId: id, seen: owner, event })
    if (recorded.kind === 'recorded') return { jobId: id, attempt: recorded.job.state.attempt }
  }
  return undefined
}

/** Stages in which the taker may still take the data over. */
const TAKING: readonly SecondaryStatus[] = ['Starting', 'Pending', 'Downloading']

/** Whether the input data of a job that is over is, or may still be, of use to another. */
export async function keepsInputs(
  { store }: Pick<SupervisorContext, 'store'>,
  { state: { warmPool } }: JobRecord,
): Promise<boolean> {
  if (warmPool?.status === 'Available') return true
  if (warmPool?.status !== 'Reused') return false
  const taker = await store.job(warmPool.by.jobId)
  return taker !== undefined && !isTerminal(taker.state.status) && TAKING.includes(taker.state.secondaryStatus)
}

/** A pool whose time is up is over. @returns the job's record as it is now */
export async function expirePool(
  { store, clock, pools }: Pick<SupervisorContext, 'store' | 'clock' | 'pools'>,
  job: JobRecord,
): Promise<JobRecord> {
  const { warmPool } = job.state
  if (warmPool?.status !== 'Available') pools.forget(job.id)
  if (warmPool?.status !== 'Available' || pools.left(job.id, warmPool) > 0) return job
  const recorded = await recordEvent(store, clock, { jobId: job.id, event: { kind: 'pool-expired' } })
  return recorded.kind === 'unknown-job' ? job : recorded.job
}
