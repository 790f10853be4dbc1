import { MESSAGES, reusedMessage } from './messages.ts'
import type { TrainingJobStatus } from './status.ts'

/** What is kept of a job that asked for a KeepAlivePeriodInSeconds, for the next one that matches it (behaviour 8.2). Times are epoch milliseconds. */
export type WarmPool =
  | { readonly status: 'InUse'; readonly keepAliveSeconds: number }
  | { readonly status: 'Available'; readonly since: number; readonly until: number }
  | { readonly status: 'Reused'; readonly by: PoolTaker; readonly retainedSeconds: number }
  | { readonly status: 'Terminated'; readonly retainedSeconds: number }

export type WarmPoolStatus = WarmPool['status']

/** The job that runs on what was kept. */
export interface PoolTaker {
  readonly jobId: string
  readonly name: string
}

/** What can happen to a pool: all of it after its job is over. Whether its time is up is for whoever keeps it to know, by a clock that nobody sets: none of these looks at `until`. */
export type PoolEvent =
  | { readonly kind: 'pool-reused'; readonly by: PoolTaker }
  /** Its time is up. */
  | { readonly kind: 'pool-expired' }
  /** UpdateTrainingJob (behaviour 6.5): kept for so long from now on, or no longer where that is 0. */
  | { readonly kind: 'pool-updated'; readonly keepAliveSeconds: number }

export type PoolChange =
  | { readonly kind: 'changed'; readonly pool: WarmPool; readonly message: string }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'not-allowed' }

const UNCHANGED: PoolChange = { kind: 'unchanged' }
const NOT_ALLOWED: PoolChange = { kind: 'not-allowed' }

/** Faults after which a pool is kept: the algorithm's and the client's (behaviour 8.2). */
const KEEPING_FAILURES = ['AlgorithmError:', 'ClientError:'] as const

/** How a job came to its end, as far as its pool is concerned. */
export interface PoolEnd {
  readonly at: number
  /** Whether its instances were up: there was something to be kept. */
  readonly wasLaunched: boolean
  /** Whether the account's quota has room for it: otherwise the job is as good, and nothing is kept. */
  readonly isAllowed: boolean
  readonly failureReason: string | undefined
}

/** What becomes of the pool when its job ends. */
export function poolAtEnd(pool: WarmPool, { at, wasLaunched, isAllowed, failureReason }: PoolEnd): WarmPool {
  if (pool.status !== 'InUse') return pool
  const keeps = failureReason === undefined || KEEPING_FAILURES.some((prefix) => failureReason.startsWith(prefix))
  if (!wasLaunched || !isAllowed || !keeps) return { status: 'Terminated', retainedSeconds: 0 }
  return { status: 'Available', since: at, until: at + pool.keepAliveSeconds * 1000 }
}

/** @param jobStatus of the pool's job */
export function changePool(
  pool: WarmPool | undefined,
  event: PoolEvent,
  { jobStatus, at }: { readonly jobStatus: TrainingJobStatus; readonly at: number },
): PoolChange {
  if (event.kind === 'pool-reused' && pool?.status === 'Reused' && pool.by.jobId === event.by.jobId) return UNCHANGED
  if (pool?.status !== 'Available' || jobStatus === 'Deleting') return NOT_ALLOWED
  switch (event.kind) {
    case 'pool-reused':
      return changed(
        { status: 'Reused', by: event.by, retainedSeconds: retained(pool.since, Math.min(at, pool.until)) },
        reusedMessage(event.by.name),
      )
    case 'pool-expired':
      // It was not kept for longer than that, however late it is found out.
      return released(pool.since, pool.until)
    case 'pool-updated':
      if (jobStatus !== 'Completed') return NOT_ALLOWED
      if (event.keepAliveSeconds === 0) return released(pool.since, Math.min(at, pool.until))
      // From which moment the period counts is unknown on AWS: from that of the update.
      return changed({ ...pool, until: at + event.keepAliveSeconds * 1000 }, MESSAGES.retained)
    default:
      return event satisfies never
  }
}

export function isPoolEvent(event: { readonly kind: string }): event is PoolEvent {
  return event.kind === 'pool-reused' || event.kind === 'pool-expired' || event.kind === 'pool-updated'
}

/** AWS's message after a release by an update is unknown; it is that of an expiry. */
function released(since: number, until: number): PoolChange {
  return changed({ status: 'Terminated', retainedSeconds: retained(since, until) }, MESSAGES.released)
}

function changed(pool: WarmPool, message: string): PoolChange {
  return { kind: 'changed', pool, message }
}

/** Both ends are floored to whole seconds, as with `TrainingTimeInSeconds` (unknown on AWS). */
function retained(since: number, until: number): number {
  return Math.floor(until / 1000) - Math.floor(since / 1000)
}
