import type { JobClock } from './clock.ts'
import { Sleepers, type Sleeper } from './sleepers.ts'

/** Job time that only moves when told to: tests and the simulated runtime drive it. */
export class VirtualClock implements JobClock {
  #now: number
  #order = 0
  #start: number
  readonly #settled: () => Promise<void>
  readonly #sleepers = new Sleepers()
  /** Advances one after another: each begins where the one before it has come to. */
  #advancing: Promise<unknown> = Promise.resolve()

  /**
   * @param start epoch milliseconds at which this clock begins
   * @param settled resolves when nothing that was woken has anything left to do at its own time
   */
  constructor(start: number, settled: () => Promise<void> = aTurnOfTheLoop) {
    this.#start = start
    this.#settled = settled
    this.#now = start
  }

  /** Goes on from there if that is later: what is in a record is in the past. To be called before anyone waits. @param time epoch milliseconds */
  notBefore(time: number): void {
    const ahead = Math.max(0, time - this.#now)
    this.#start += ahead
    this.#now += ahead
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
      const sleeper = this.#add(milliseconds, wake)
      const abort = () => {
        this.#sleepers.giveUp(sleeper)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  timer(milliseconds: number, ring: () => void): Disposable {
    let isSet = true
    // In its turn among those who wake at the same moment, as one who sleeps.
    const sleeper = this.#add(milliseconds, () => queueMicrotask(() => isSet && ring()))
    return {
      [Symbol.dispose]: () => {
        isSet = false
        this.#sleepers.giveUp(sleeper)
      },
    }
  }

  #add(milliseconds: number, wake: () => void): Sleeper {
    const due = this.#now + Math.max(0, Math.ceil(milliseconds))
    const sleeper: Sleeper = { due, order: this.#order++, wake, isGone: false }
    this.#sleepers.add(sleeper)
    return sleeper
  }

  /** How many waits have ever begun: work that goes on shows here. */
  get waits(): number {
    return this.#order
  }

  /** How many waits are open: zero means that no advance of time can make anything happen. */
  get waiting(): number {
    return this.#sleepers.size
  }

  /** Epoch milliseconds at which the next wait is over. */
  get nextDue(): number | undefined {
    return this.#sleepers.nextDue()
  }

  /**
   * Moves time on by `milliseconds`, from one moment at which somebody waits no longer to the next. Those who wake at the same moment wake together, in the order in which
   * they began to wait, and what they do settles before time goes on.
   */
  advance(milliseconds: number): Promise<void> {
    return this.#oneAtATime(async () => {
      // What has begun before this call belongs to the present.
      await this.#settled()
      const target = this.#now + milliseconds
      while (await this.#step(target));
      this.#now = target
      await this.#settled()
    })
  }

  /** Goes on from moment to moment until `idle` says that it is enough, or nobody waits who is due by `until`, epoch milliseconds. */
  advanceUntil(idle: () => boolean, until: number): Promise<void> {
    return this.#oneAtATime(async () => {
      await this.#settled()
      while (!idle() && (await this.#step(until)));
    })
  }

  /** @returns false where nobody is due by then */
  async #step(until: number): Promise<boolean> {
    const due = this.nextDue
    if (due === undefined || due > until) return false
    this.#now = Math.max(this.#now, due)
    for (const { wake } of this.#sleepers.takeDue(this.#now)) wake()
    await this.#settled()
    return true
  }

  #oneAtATime(advance: () => Promise<void>): Promise<void> {
    const done = this.#advancing.then(advance)
    this.#advancing = done.catch(() => undefined)
    return done
  }
}

/** One full turn of the event loop: promise callbacks, and what they put on the immediate queue, have run. */
function aTurnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
