import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import type { HostResources, Placement } from '../lifecycle/placement.ts'
import { Heap } from '../util/heap.ts'
import { demandsOf, totalOf, type HostDemand, type Policy } from './demand.ts'
import { Queue } from './queue.ts'
import type { Answer, Asking, Scheduler, Waiter } from './scheduler.ts'
import { amountOf, plus, processors, NOTHING, type Amount, type Yard } from './yard.ts'

export interface FleetOptions {
  readonly yard: Yard
  readonly policy: Policy
  readonly clock: Pick<JobClock, 'now'>
  /**
   * Takes a spot job's place away: it is released when the job's instances are gone.
   * @returns false where the job is past it and ends by itself
   */
  interrupt(jobId: string): Promise<boolean>
  readonly log: Pick<Logger, 'warn'>
}

/** A job that waits for its place: many may, so this is all that is kept of it. */
interface Waiting {
  readonly asking: Asking
  readonly waiter: Waiter
  /** As long as it is not decided whether it has to wait. */
  answer: ((answer: Answer) => void) | undefined
}

interface Placed {
  readonly placement: Placement
  /** Of the yard: a placement of an earlier life may name others. */
  readonly gpus: readonly number[]
}

/** Shares one machine among jobs: who is next is the queue's decision, what a place consists of is this one's. */
export class FleetScheduler implements Scheduler {
  readonly #options: FleetOptions
  readonly #queue: Queue
  readonly #freeGpus = new Heap<number>((one, other) => one < other)
  readonly #waiting = new Map<string, Waiting>()
  readonly #placed = new Map<string, Placed>()
  /** Jobs that have not been answered yet. */
  #asked: Waiting[] = []
  #isDeciding = false
  /** No place is given before: jobs of an earlier life may have places that are not known yet, or wait and have not asked yet. */
  #isOpen = false

  constructor(options: FleetOptions) {
    this.#options = options
    this.#queue = new Queue(amountOf(options.yard))
    for (const gpu of options.yard.gpus) this.#freeGpus.push(gpu)
  }

  open(): void {
    this.#isOpen = true
    this.#decideSoon()
  }

  async ask(asking: Asking, waiter: Waiter): Promise<Answer> {
    const { jobId, spot, priority, arrival } = asking
    const placed = this.#placed.get(jobId)
    if (placed) return { kind: 'placed', placement: placed.placement }
    if (this.#waiting.has(jobId)) return this.#isOpen ? WAITS : HELD
    this.#queue.add({ id: jobId, spot, priority, arrival, amount: totalOf(this.#demands(asking)) })
    const waiting: Waiting = { asking, waiter, answer: undefined }
    this.#waiting.set(jobId, waiting)
    if (!this.#isOpen) return HELD
    this.#asked.push(waiting)
    this.#decideSoon()
    return new Promise((resolve) => (waiting.answer = resolve))
  }

  hold(jobId: string, placement: Placement): void {
    if (this.#placed.has(jobId)) return
    let amount: Amount = NOTHING
    const gpus: number[] = []
    for (const host of placement.hosts) {
      // Those that the machine no longer has are nobody's.
      const taken = host.gpus.filter((gpu) => this.#freeGpus.delete(gpu))
      gpus.push(...taken)
      amount = plus(amount, amountOf({ ...host, gpus: taken }))
    }
    this.#placed.set(jobId, { placement, gpus })
    this.#queue.hold({ id: jobId, spot: placement.spot, priority: 0, arrival: 0, amount }, placement.since)
  }

  release(jobId: string): void {
    const placed = this.#placed.get(jobId)
    if (!placed && !this.#waiting.has(jobId)) return
    this.#placed.delete(jobId)
    this.#waiting.delete(jobId)
    this.#queue.release(jobId)
    this.#queue.withdraw(jobId)
    for (const gpu of placed?.gpus ?? []) this.#freeGpus.push(gpu)
    this.#decideSoon()
  }

  /** Once for all that is asked for and given back together: so the first of those that ask at the same time is the first in order. */
  #decideSoon(): void {
    if (this.#isDeciding || !this.#isOpen) return
    this.#isDeciding = true
    queueMicrotask(() => this.#decide())
  }

  #decide(): void {
    this.#isDeciding = false
    const { starts, interrupts } = this.#queue.decide(this.#options.clock.now())
    for (const { id } of starts) this.#start(id)
    for (const id of interrupts) void this.#interrupt(id)
    const asked = this.#asked
    this.#asked = []
    for (const waiting of asked) answer(waiting, WAITS)
  }

  #start(jobId: string): void {
    const waiting = this.#waiting.get(jobId)
    if (!waiting) return
    this.#waiting.delete(jobId)
    const { asking, waiter } = waiting
    const hosts = this.#demands(asking).map((demand) => this.#resources(demand))
    const placement = { since: this.#options.clock.now(), spot: asking.spot, hosts }
    this.#placed.set(jobId, { placement, gpus: hosts.flatMap(({ gpus }) => gpus) })
    if (!answer(waiting, { kind: 'placed', placement })) waiter.placed(placement)
  }

  async #interrupt(jobId: string): Promise<void> {
    try {
      await this.#options.interrupt(jobId)
    } catch (error) {
      // Tried again when something else changes.
      this.#queue.spare(jobId)
      this.#options.log.warn({ jobId, err: error }, 'a spot job could not be interrupted')
    }
  }

  #demands({ instances }: Asking): readonly HostDemand[] {
    const { yard, policy } = this.#options
    return demandsOf(instances, yard, policy)
  }

  #resources({ host, instanceType, amount, typeHas }: HostDemand): HostResources {
    const gpus = Array.from({ length: amount.gpus }, () => this.#freeGpus.pop() ?? [])
    return {
      host,
      instanceType,
      cpus: processors(amount.cpus),
      memory: amount.memory,
      gpus: gpus.flat(),
      ...(typeHas ? { typeHas } : {}),
    }
  }
}

const WAITS: Answer = { kind: 'waits' }
const HELD: Answer = { kind: 'held' }

/** @returns false where the job had its answer before */
function answer(waiting: Waiting, decided: Answer): boolean {
  const { answer: tell } = waiting
  waiting.answer = undefined
  tell?.(decided)
  return tell !== undefined
}
