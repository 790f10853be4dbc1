import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import type { HostResources, Placement } from '../lifecycle/placement.ts'
import { Heap } from '../util/heap.ts'
import { demandsOf, totalOf, type HostDemand, type Policy } from './demand.ts'
import { instanceTypeFacts } from './instance-types.ts'
import { Queue } from './queue.ts'
import type { Asking, PlaceOptions, Scheduler } from './scheduler.ts'
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
  /** Gives no place until it is opened: as long as jobs of an earlier life of the server may have places that it does not know yet. */
  readonly closed?: boolean
}

/** A job that waits for its place: many may, so this is all that is kept of it. */
interface Waiting {
  readonly asking: Asking
  readonly options: PlaceOptions
  readonly resolve: (placement: Placement) => void
  readonly leave: () => void
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
  /** Jobs that have not been told yet that they wait. */
  #asked: Waiting[] = []
  #isDeciding = false
  #isOpen: boolean

  constructor(options: FleetOptions) {
    this.#options = options
    this.#isOpen = options.closed !== true
    this.#queue = new Queue(amountOf(options.yard))
    for (const gpu of options.yard.gpus) this.#freeGpus.push(gpu)
  }

  /** Every place of an earlier life is held: jobs get theirs from now on. */
  open(): void {
    this.#isOpen = true
    this.#decideSoon()
  }

  async place(asking: Asking, options: PlaceOptions): Promise<Placement> {
    const { jobId } = asking
    options.signal.throwIfAborted()
    const placed = this.#placed.get(jobId)
    if (placed) return placed.placement
    const amount = totalOf(this.#demands(asking))
    const { promise, resolve, reject } = Promise.withResolvers<Placement>()
    const leave = () => {
      this.#waiting.delete(jobId)
      this.#queue.withdraw(jobId)
      reject(options.signal.reason)
      this.#decideSoon()
    }
    options.signal.addEventListener('abort', leave, { once: true })
    const waiting = { asking, options, resolve, leave }
    this.#waiting.set(jobId, waiting)
    this.#asked.push(waiting)
    const { spot, priority, arrival } = asking
    this.#queue.add({ id: jobId, spot, priority, arrival, amount })
    this.#decideSoon()
    return promise
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
    if (!placed) return
    this.#placed.delete(jobId)
    this.#queue.release(jobId)
    for (const gpu of placed.gpus) this.#freeGpus.push(gpu)
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
    for (const waiting of asked) this.#tell(waiting)
  }

  #start(jobId: string): void {
    const waiting = this.#waiting.get(jobId)
    if (!waiting) return
    this.#waiting.delete(jobId)
    const { asking, options, resolve, leave } = waiting
    options.signal.removeEventListener('abort', leave)
    const hosts = this.#demands(asking).map((demand) => this.#resources(demand))
    const placement = { since: this.#options.clock.now(), spot: asking.spot, hosts }
    this.#placed.set(jobId, { placement, gpus: hosts.flatMap(({ gpus }) => gpus) })
    resolve(placement)
  }

  #tell({ asking, options }: Waiting): void {
    if (this.#waiting.has(asking.jobId) && !options.signal.aborted)
      options.waiting(asking.instances.some(({ instanceType }) => instanceTypeFacts(instanceType).accelerated))
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
