import type { Placement } from '../lifecycle/placement.ts'
import { CapacityError, isAccelerated, type Asking } from '../scheduler/scheduler.ts'
import type { JobRecord } from '../store/store.ts'
import { clusterOf } from './cluster.ts'
import type { Stage, SupervisorContext } from './context.ts'
import type { JobRequest } from './job-request.ts'

/** The tag whose value is the job's priority. */
export const PRIORITY_TAG = 'trainyard:priority'

/** Of the request, so that tags that are put or deleted later change nothing: 0 where it has no such tag. */
export function priorityOf({ Tags: tags = [] }: Pick<JobRequest, 'Tags'>): number {
  return Number(tags.find(({ Key }) => Key === PRIORITY_TAG)?.Value ?? 0)
}

/** What a job asks the scheduler for. */
export function askingOf(job: JobRecord, request: JobRequest): Asking {
  const { groups } = clusterOf(request)
  return {
    jobId: job.id,
    account: job.account,
    priority: priorityOf(request),
    arrival: job.state.creationTime,
    spot: request.EnableManagedSpotTraining ?? false,
    instances: groups.flatMap(({ instanceType, hosts }) => hosts.map((host) => ({ host, instanceType }))),
  }
}

/**
 * Sees to it that a job without a place gets one: it stands in line once it may, and why it waits shows in its message (behaviour 1.4.3, 1.4.9). What can never be
 * had ends it.
 *
 * @returns its place, which is not on record yet; undefined where it has none so far
 * @throws TimeLimitReached, or the signal's reason
 */
export async function placeOf(context: SupervisorContext, stage: Stage): Promise<Placement | undefined> {
  const { scheduler, admission } = context
  const { job, request, supervised } = stage
  if (typeof supervised.turn === 'object') return supervised.turn
  const asking = askingOf(job, request)
  const waiting = () => tellThatItWaits(stage, asking)
  try {
    if (supervised.turn === undefined) {
      const mayAsk = await admission.isOpen(asking)
      // What it had before, if anything, it has lost: nothing of it runs.
      scheduler.release(job.id)
      if (!mayAsk) {
        await stage.limited((signal) => admission.wait(asking, { signal, waiting }))
        return undefined
      }
    }
    supervised.turn = 'asked'
    const answer = await scheduler.ask(asking, supervised)
    if (answer.kind === 'placed') return (supervised.turn = answer.placement)
    if (answer.kind === 'waits') await waiting()
  } catch (error) {
    if (!(error instanceof CapacityError)) throw error
    supervised.turn = undefined
    await stage.record({ kind: 'failed', reason: `CapacityError: ${error.message}` })
  }
  return undefined
}

/** An interrupted job says that it is that. */
async function tellThatItWaits(stage: Stage, asking: Asking): Promise<void> {
  if (stage.job.state.secondaryStatus !== 'Interrupted')
    await stage.record({ kind: 'no-capacity', accelerated: isAccelerated(asking) })
}
