import type { QueuedJob } from './waiting-line.ts'
import { fits, keyOf, minus, NOTHING, plus, type Amount } from './yard.ts'

/** A job that has its place. */
export interface RunningJob {
  readonly job: QueuedJob
  /** When it got it, and which it was. */
  readonly since: number
  readonly order: number
  /** Its place has been asked back. */
  leaving: boolean
}

interface Count {
  readonly amount: Amount
  onDemand: number
  spot: number
}

/** Jobs that have their place, and sums over them. */
export class RunningJobs {
  readonly #jobs = new Map<string, RunningJob>()
  readonly #spot = new Set<RunningJob>()
  /** How many have each amount: there are few amounts, however many jobs. */
  readonly #counts = new Map<string, Count>()
  #order = 0
  #onDemand = NOTHING
  #ofSpot = NOTHING

  get size(): number {
    return this.#jobs.size
  }

  get onDemand(): Amount {
    return this.#onDemand
  }

  get all(): Amount {
    return plus(this.#onDemand, this.#ofSpot)
  }

  get(id: string): RunningJob | undefined {
    return this.#jobs.get(id)
  }

  add(job: QueuedJob, since: number): void {
    const running = { job, since, order: this.#order++, leaving: false }
    this.#jobs.set(job.id, running)
    if (job.spot) this.#spot.add(running)
    this.#count(job, 1)
  }

  delete(id: string): void {
    const running = this.#jobs.get(id)
    if (!running) return
    this.#jobs.delete(id)
    this.#spot.delete(running)
    this.#count(running.job, -1)
  }

  /** Spot jobs whose place has not been asked back, youngest first. */
  youngestSpot(): readonly RunningJob[] {
    return [...this.#spot]
      .filter(({ leaving }) => !leaving)
      .sort((one, other) => other.since - one.since || other.order - one.order)
  }

  /** What spot jobs will give back that have been asked to. */
  leaving(): Amount {
    let sum = NOTHING
    for (const { job, leaving } of this.#spot) if (leaving) sum = plus(sum, job.amount)
    return sum
  }

  /** What jobs have of which each alone fits into an amount. */
  within(amount: Amount): { readonly onDemand: Amount; readonly all: Amount } {
    let onDemand = NOTHING
    let all = NOTHING
    for (const count of this.#counts.values()) {
      if (!fits(count.amount, amount)) continue
      onDemand = plus(onDemand, count.amount, count.onDemand)
      all = plus(all, count.amount, count.onDemand + count.spot)
    }
    return { onDemand, all }
  }

  #count({ amount, spot }: QueuedJob, change: 1 | -1): void {
    const key = keyOf(amount)
    const count = this.#counts.get(key) ?? { amount, onDemand: 0, spot: 0 }
    if (spot) count.spot += change
    else count.onDemand += change
    if (count.onDemand + count.spot === 0) this.#counts.delete(key)
    else this.#counts.set(key, count)
    const sum = change === 1 ? plus : minus
    if (spot) this.#ofSpot = sum(this.#ofSpot, amount)
    else this.#onDemand = sum(this.#onDemand, amount)
  }
}
