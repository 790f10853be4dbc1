import { Heap } from '../util/heap.ts'
import { keyOf, type Amount } from './yard.ts'

/** A job as the queue sees it. */
export interface QueuedJob {
  readonly id: string
  /** Whether it runs on spare capacity only. */
  readonly spot: boolean
  readonly priority: number
  readonly arrival: number
  readonly amount: Amount
}

/** What is done with a job that is looked at: it starts; it has been promised its place and stays; it stays, and so do those that want the same; no more are looked at. */
export type Verdict = 'start' | 'promise' | 'pass' | 'stop'

/** Jobs that want the same amount: where the first of them cannot start, none can. */
interface Alike {
  readonly key: string
  readonly jobs: Heap<QueuedJob>
}

/** Higher priority first, then the earlier, then the lower id. */
export function isBefore(one: QueuedJob, other: QueuedJob): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority
  if (one.arrival !== other.arrival) return one.arrival < other.arrival
  return one.id < other.id
}

/** Jobs that wait, in order. What a look at them costs depends on how many different amounts are wanted, not on how many jobs wait. */
export class WaitingLine {
  readonly #alike = new Map<string, Alike>()
  readonly #order = new Heap<Alike>((one, other) => {
    const [first, second] = [one.jobs.peek(), other.jobs.peek()]
    return first !== undefined && (second === undefined || isBefore(first, second))
  })

  add(job: QueuedJob): void {
    const key = keyOf(job.amount)
    let alike = this.#alike.get(key)
    if (!alike) this.#alike.set(key, (alike = { key, jobs: new Heap(isBefore) }))
    alike.jobs.push(job)
    if (alike.jobs.peek() === job) this.#order.push(alike)
  }

  delete(job: QueuedJob): void {
    const alike = this.#alike.get(keyOf(job.amount))
    if (!alike) return
    const wasFirst = alike.jobs.peek() === job
    alike.jobs.delete(job)
    if (wasFirst) this.#replace(alike)
  }

  /** Looks at jobs in order, of those that want the same only as far as they are not passed. A job that starts waits no longer. */
  look(verdictOn: (job: QueuedJob) => Verdict): void {
    const passed: Alike[] = []
    const promised: QueuedJob[] = []
    for (let alike = this.#order.pop(); alike; alike = this.#order.pop()) {
      const job = alike.jobs.peek()
      const verdict = job ? verdictOn(job) : 'pass'
      if (verdict === 'pass' || verdict === 'stop') {
        passed.push(alike)
        if (verdict === 'stop') break
        continue
      }
      if (job && verdict === 'promise') promised.push(job)
      alike.jobs.pop()
      this.#replace(alike)
    }
    for (const alike of passed) this.#order.push(alike)
    for (const job of promised) this.add(job)
  }

  #replace(alike: Alike): void {
    if (alike.jobs.size > 0) return this.#order.push(alike)
    this.#order.delete(alike)
    this.#alike.delete(alike.key)
  }
}
