import type { JobClock } from '../clock/clock.ts'
import { Heap } from '../util/heap.ts'

interface Deadline {
  readonly id: string
  readonly at: number
}

/** The deadlines of many jobs, for which one timer waits. */
export class Deadlines {
  readonly #clock: JobClock
  readonly #due: (id: string) => void
  readonly #deadlines = new Map<string, Deadline>()
  readonly #order = new Heap<Deadline>((one, other) => one.at < other.at)
  #timer: (Disposable & { readonly at: number }) | undefined

  /** @param due called once for each deadline that has come */
  constructor(clock: JobClock, due: (id: string) => void) {
    this.#clock = clock
    this.#due = due
  }

  /** @param at on the monotonic clock */
  set(id: string, at: number): void {
    this.#remove(id)
    const deadline = { id, at }
    this.#deadlines.set(id, deadline)
    this.#order.push(deadline)
    this.#wind()
  }

  clear(id: string): void {
    this.#remove(id)
    this.#wind()
  }

  close(): void {
    this.#timer?.[Symbol.dispose]()
  }

  #remove(id: string): void {
    const deadline = this.#deadlines.get(id)
    if (!deadline) return
    this.#deadlines.delete(id)
    this.#order.delete(deadline)
  }

  /** Sets the timer to the first of them. */
  #wind(): void {
    const at = this.#order.peek()?.at
    if (this.#timer?.at === at) return
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    if (at === undefined) return
    const left = Math.max(0, at - this.#clock.monotonic())
    this.#timer = { at, ...this.#clock.timer(left, () => this.#ring()) }
  }

  #ring(): void {
    this.#timer = undefined
    const now = this.#clock.monotonic()
    for (let first = this.#order.peek(); first && first.at <= now; first = this.#order.peek()) {
      this.#remove(first.id)
      this.#due(first.id)
    }
    this.#wind()
  }
}
