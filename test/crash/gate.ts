import type { JobClock } from '../../src/clock/clock.ts'
import type { Scheduler } from '../../src/scheduler/scheduler.ts'
import { startAtOnce } from '../support/start-at-once.ts'
import { never, type Life } from './life.ts'

/** Whether the machine has room: shut by a scenario, it keeps every job that asks waiting. */
export class Gate {
  #isOpen = true
  #opened = Promise.withResolvers<void>()

  open(): void {
    this.#isOpen = true
    this.#opened.resolve()
  }

  shut(): void {
    if (this.#isOpen) this.#opened = Promise.withResolvers<void>()
    this.#isOpen = false
  }

  /** The scheduler of one life of the server. */
  scheduler(clock: JobClock, life: Life): Scheduler {
    return {
      ...startAtOnce(clock),
      place: async (asking, options) => {
        if (!this.#isOpen) {
          options.waiting(false)
          await waitFor(this.#opened.promise, options.signal)
        }
        return life.isDead ? never() : startAtOnce(clock).place(asking, options)
      },
    }
  }
}

async function waitFor(event: Promise<void>, signal: AbortSignal): Promise<void> {
  const left = Promise.withResolvers<never>()
  const leave = () => left.reject(signal.reason)
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  try {
    await Promise.race([event, left.promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
