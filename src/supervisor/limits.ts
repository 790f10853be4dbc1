import type { JobClock } from '../clock/clock.ts'

/** Ends a piece of work that has used up its time. */
export class TimeLimitReached extends Error {
  override readonly name = 'TimeLimitReached'
}

/**
 * Runs `work` until the deadline on the monotonic clock. When the deadline comes first the work's signal aborts, its end is awaited, and the limit is
 * thrown; work that was done by then has kept it.
 *
 * @throws TimeLimitReached, or whatever the work throws
 */
export async function within<T>(
  limit: { readonly clock: JobClock; readonly deadline: number; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timer = new AbortController()
  const reached = new TimeLimitReached('The time allowed is used up')
  const expired = new AbortController()
  const left = Math.max(0, limit.deadline - limit.clock.monotonic())
  const ticking = limit.clock
    .sleep(left, { signal: AbortSignal.any([timer.signal, limit.signal]) })
    .then(() => expired.abort(reached))
    .catch(() => undefined)
  try {
    return await work(AbortSignal.any([limit.signal, expired.signal]))
  } finally {
    timer.abort(reached)
    await ticking
  }
}
