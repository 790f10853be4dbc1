import { setTimeout as sleep } from 'node:timers/promises'

/** Nothing that is waited for takes so long, whatever went wrong on the way: a machine with very much else to do has taken minutes to start a server. */
const PATIENCE_MS = 600_000

/** @throws Error that names `what` where it does not come */
export async function within<Result>(event: Promise<Result>, what: string): Promise<Result> {
  const timer = new AbortController()
  const late = sleep(PATIENCE_MS, undefined, { signal: timer.signal }).then(
    () => Promise.reject(new Error(`waited ${PATIENCE_MS / 1000} s for ${what}`)),
    () => event,
  )
  try {
    return await Promise.race([event, late])
  } finally {
    timer.abort()
  }
}
