import type { Placement } from '../lifecycle/placement.ts'
import { CapacityError, type Asking, type PlaceOptions } from '../scheduler/scheduler.ts'
import { recordEvent, type Recorded } from '../store/record-event.ts'
import type { JobRecord } from '../store/store.ts'
import { clusterOf } from './cluster.ts'
import type { SupervisorContext } from './context.ts'
import type { JobRequest } from './job-request.ts'
import { within, type Limit } from './limits.ts'
import { takeWarmPool } from './warm-pools.ts'

/** The tag whose value is the job's priority. */
export const PRIORITY_TAG = 'trainyard:priority'

/** Of the request, so that tags that are put or deleted later change nothing: 0 where it has no such tag. */
export function priorityOf({ Tags: tags = [] }: Pick<JobRequest, 'Tags'>): number {
  return Number(tags.find(({ Key }) => Key === PRIORITY_TAG)?.Value ?? 0)
}

/** What a job asks the scheduler for: little, because of many jobs that wait this is all that is in memory. */
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

/** What is known of the job's first turn while it is waited for. */
export interface Turn {
  readonly asking: Asking
  readonly limit: Limit | undefined
}

/**
 * Starting and Pending, until the job has its turn: waits for its place and records it. Why it waits shows in its message (behaviour 1.4.3, 1.4.9); what it can never
 * have ends it.
 *
 * @returns what was recorded of it
 * @throws TimeLimitReached, or the signal's reason
 */
export async function takeTurn(
  context: SupervisorContext,
  { asking, limit }: Turn,
  signal: AbortSignal,
): Promise<Recorded> {
  const { store, clock, log } = context
  const { jobId } = asking
  const told: Promise<unknown>[] = []
  const waiting = (accelerated: boolean) => {
    const telling = recordEvent(store, clock, { jobId, event: { kind: 'no-capacity', accelerated } })
    told.push(telling.catch((error: unknown) => log.warn({ jobId, err: error }, 'that a job waits was not recorded')))
  }
  try {
    const placement = await within(clock, { limit, signal }, (limited) =>
      place(context, asking, { signal: limited, waiting }),
    )
    await Promise.all(told)
    const reuses = await takeWarmPool(context, asking)
    const given = reuses ? { ...placement, reuses } : placement
    const event = { kind: 'preparing', placement: given } as const
    return await recordEvent(store, clock, { jobId, event, details: { placement: given } })
  } catch (error) {
    await Promise.all(told)
    if (!(error instanceof CapacityError)) throw error
    return recordEvent(store, clock, { jobId, event: capacityFailure(error) })
  }
}

function place({ scheduler }: SupervisorContext, asking: Asking, options: PlaceOptions): Promise<Placement> {
  // What it had before, if anything, it has lost: nothing of it runs.
  scheduler.release(asking.jobId)
  return scheduler.place(asking, options)
}

/** Behaviour 1.4.5. */
export function capacityFailure({ message }: CapacityError) {
  return { kind: 'failed', reason: `CapacityError: ${message}` } as const
}
