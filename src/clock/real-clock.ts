import { setTimeout as sleep } from 'node:timers/promises'
import type { JobClock, WireClock } from './clock.ts'

/** setTimeout holds at most a 32-bit count of milliseconds; a longer wait is cut into pieces of this length. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The machine's own clock. Its `now` is held at the latest value seen, so that a step back never reaches a record. */
export class RealClock implements JobClock, WireClock {
  #latest = 0

  now(): number {
    this.#latest = Math.max(this.#latest, Date.now())
    return this.#latest
  }

  monotonic(): number {
    return performance.now()
  }

  async sleep(milliseconds: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const until = this.monotonic() + milliseconds
    for (let left = milliseconds; left > 0; left = until - this.monotonic()) {
      await abortable(sleep(Math.min(left, LONGEST_TIMER), undefined, options), options.signal)
    }
    options.signal?.throwIfAborted()
  }

  timer(milliseconds: number, ring: () => void): Disposable {
    const until = this.monotonic() + milliseconds
    let timeout: NodeJS.Timeout
    const wind = (left: number) => {
      timeout = setTimeout(look, Math.min(left, LONGEST_TIMER))
    }
    const look = () => {
      const left = until - this.monotonic()
      if (left > 0) wind(left)
      else ring()
    }
    wind(milliseconds)
    return { [Symbol.dispose]: () => clearTimeout(timeout) }
  }
}

/** Node's timers reject with an AbortError of their own; callers are promised the signal's reason. */
async function abortable(wait: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

/** Wire time must follow the wall clock, steps included, because the client's does. */
export const systemWireClock: WireClock = { now: () => Date.now() }
