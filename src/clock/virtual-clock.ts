import type { JobClock } from './clock.ts'

interface Sleeper {
  readonly due: number
  readonly order: number
  readonly wake: () => void
}

/** Job time that only moves when told to: tests and the simulated runtime drive it. */
export class VirtualClock implements JobClock {
  #now: number
  #order = 0
  readonly #start: number
  readonly #settled: () => Promise<void>
  readonly #sleepers = new Set<Sleeper>()

  /**
   * @param start epoch milliseconds at which this clock begins
   * @param settled resolves when nothing that was woken has anything left to do at its own time
   */
  constructor(start: number, settled: () => Promise<void> = aTurnOfTheLoop) {
    this.#start = start
    this.#settled = settled
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#start
  }

  sleep(milliseconds: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const wake = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const sleeper: Sleeper = { due: this.#now + Math.max(0, milliseconds), order: this.#order++, wake }
      const abort = () => {
        this.#sleepers.delete(sleeper)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#sleepers.add(sleeper)
    })
  }

  /** How many waits have ever begun: work that goes on shows here. */
  get waits(): number {
    return this.#order
  }

  /** How many waits are open: zero means that no advance of time can make anything happen. */
  get waiting(): number {
    return this.#sleepers.size
  }

  /** Moves time on by `milliseconds`, waking sleepers in the order they are due, and lets each one's work settle before the next. */
  async advance(milliseconds: number): Promise<void> {
    // What has begun before this call belongs to the present.
    await this.#settled()
    const target = this.#now + milliseconds
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#sleepers.delete(next)
      this.#now = Math.max(this.#now, next.due)
      next.wake()
      await this.#settled()
    }
    this.#now = target
    await this.#settled()
  }

  #next(until: number): Sleeper | undefined {
    let first: Sleeper | undefined
    for (const sleeper of this.#sleepers) {
      if (sleeper.due > until) continue
      if (!first || sleeper.due < first.due || (sleeper.due === first.due && sleeper.order < first.order))
        first = sleeper
    }
    return first
  }
}

/** One full turn of the event loop: promise callbacks, and what they put on the immediate queue, have run. */
function aTurnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
