import { RunningJobs, type RunningJob } from './running-jobs.ts'
import { WaitingLine, type QueuedJob, type Verdict } from './waiting-line.ts'
import { fits, minus, NOTHING, plus, type Amount } from './yard.ts'

/** What shall happen now. */
export interface Decision {
  /** In order; each has its place from here on. */
  readonly starts: readonly QueuedJob[]
  /** Spot jobs that shall give back their place; each is named once. */
  readonly interrupts: readonly string[]
}

const KINDS = ['cpus', 'memory', 'gpus'] as const

/** How many different amounts are looked at behind a job that cannot start: a bound on the cost of one decision, whatever is asked for. */
const DEEPEST = 100

/**
 * Who waits for whom. No I/O and no clock: jobs are added, given back and decided upon.
 *
 * On-demand jobs come first, then spot jobs; among each the higher priority, then the earlier, then the lower id. The first that cannot start is the head. One behind
 * it may start where it takes nothing that the head needs, whichever of the running jobs end first: for everything it takes, it and all running jobs that could go on
 * beside the head must fit into what the head leaves of the yard. (What cannot go on beside the head has gone when the head starts.) So the head starts at the
 * moment at which it would have started without it, and no run lengths need to be known.
 *
 * On-demand jobs pass over spot jobs as if they were not there: where only spot jobs are in the way, the youngest of them are interrupted, and the place is promised
 * until they have gone. The time that this takes is all that a head may wait longer. Spot jobs start on what is neither used nor promised nor needed by the head.
 */
export class Queue {
  readonly #all: Amount
  readonly #waiting = new Map<string, QueuedJob>()
  readonly #lines = { onDemand: new WaitingLine(), spot: new WaitingLine() }
  readonly #running = new RunningJobs()

  /** @param all the yard when it is empty; what is added fits into it */
  constructor(all: Amount) {
    this.#all = all
  }

  /** How many jobs wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** A job waits from now on. */
  add(job: QueuedJob): void {
    this.#waiting.set(job.id, job)
    this.#lineOf(job).add(job)
  }

  /** A job waits no longer. */
  withdraw(id: string): void {
    const job = this.#waiting.get(id)
    if (!job) return
    this.#waiting.delete(id)
    this.#lineOf(job).delete(job)
  }

  /** A job has its place already, fit or not: the yard may have been larger then. @param since epoch milliseconds */
  hold(job: QueuedJob, since: number): void {
    if (!this.#running.get(job.id)) this.#running.add(job, since)
  }

  /** A job's place is free. */
  release(id: string): void {
    this.#running.delete(id)
  }

  /** An interruption came to nothing: the job has its place as before. */
  spare(id: string): void {
    const running = this.#running.get(id)
    if (running) running.leaving = false
  }

  /** @param now epoch milliseconds of job time: the larger, the younger a job that starts */
  decide(now: number): Decision {
    const starts: QueuedJob[] = []
    if (this.#waiting.size === 0) return { starts, interrupts: [] }
    const turn: Turn = { now, starts, free: minus(this.#all, this.#running.all), promised: NOTHING, head: undefined }
    this.#decideOnDemand(turn)
    const interrupts = this.#makeRoom(turn)
    this.#decideSpot(turn)
    return { starts, interrupts }
  }

  #decideOnDemand(turn: Turn): void {
    let left = minus(this.#all, this.#running.onDemand)
    let passed = 0
    this.#lines.onDemand.look((job) => {
      if (isUsedUp(left)) return 'stop'
      if (!fits(job.amount, left) || (turn.head && !turn.head.letsOnDemand(job.amount))) {
        turn.head ??= this.#headOf(job, turn.promised)
        return ++passed > DEEPEST ? 'stop' : 'pass'
      }
      left = minus(left, job.amount)
      turn.head?.take(job)
      const verdict = fits(job.amount, turn.free) ? this.#start(job, turn) : 'promise'
      turn.free = minus(turn.free, job.amount)
      if (verdict === 'promise') turn.promised = plus(turn.promised, job.amount)
      return verdict
    })
  }

  #decideSpot(turn: Turn): void {
    let first: Head | undefined
    let passed = 0
    this.#lines.spot.look((job) => {
      if (isUsedUp(turn.free)) return 'stop'
      const isLet = (turn.head?.lets(job.amount) ?? true) && (first?.lets(job.amount) ?? true)
      if (!isLet || !fits(job.amount, turn.free)) {
        first ??= this.#headOf(job, turn.promised)
        return ++passed > DEEPEST ? 'stop' : 'pass'
      }
      turn.head?.take(job)
      first?.take(job)
      turn.free = minus(turn.free, job.amount)
      return this.#start(job, turn)
    })
  }

  #start(job: QueuedJob, { now, starts }: Turn): Verdict {
    this.#waiting.delete(job.id)
    this.#running.add(job, now)
    starts.push(job)
    return 'start'
  }

  /** Asks back what is promised and not free: from the youngest, and from no more than needed. */
  #makeRoom({ free, promised }: Turn): readonly string[] {
    if (promised === NOTHING) return []
    let room = plus(free, this.#running.leaving())
    const isEnough = (amount: Amount) => KINDS.every((kind) => promised[kind] === 0 || amount[kind] >= 0)
    if (isEnough(room)) return []
    const chosen = new Set<RunningJob>()
    for (const spot of this.#running.youngestSpot()) {
      chosen.add(spot)
      room = plus(room, spot.job.amount)
      if (isEnough(room)) break
    }
    // What the younger ones have may not be needed beside what the older ones have: then the older are spared first, where they can be.
    for (const spot of [...chosen].toReversed()) {
      const less = minus(room, spot.job.amount)
      if (!isEnough(less)) continue
      chosen.delete(spot)
      room = less
    }
    for (const spot of chosen) spot.leaving = true
    return Array.from(chosen, ({ job }) => job.id)
  }

  #headOf({ amount }: QueuedJob, promised: Amount): Head {
    const beside = minus(this.#all, amount)
    const { onDemand, all } = this.#running.within(beside)
    return new Head(beside, plus(onDemand, promised), plus(all, promised))
  }

  #lineOf({ spot }: QueuedJob): WaitingLine {
    return spot ? this.#lines.spot : this.#lines.onDemand
  }
}

/** One decision while it is made. */
interface Turn {
  readonly now: number
  readonly starts: QueuedJob[]
  /** Neither used nor promised; less than nothing where what is promised is still used by spot jobs. */
  free: Amount
  /** To on-demand jobs that start when spot jobs have gone. */
  promised: Amount
  /** The first on-demand job that cannot start. */
  head: Head | undefined
}

/** The first job that cannot start, as those behind it see it. */
class Head {
  readonly #beside: Amount
  #onDemand: Amount
  #all: Amount

  /**
   * @param beside what it leaves of the yard when it runs
   * @param onDemand what the on-demand jobs have that could go on beside it
   * @param all the same of all jobs
   */
  constructor(beside: Amount, onDemand: Amount, all: Amount) {
    this.#beside = beside
    this.#onDemand = onDemand
    this.#all = all
  }

  /** Whether it starts no later for an on-demand job that takes this much. */
  letsOnDemand(amount: Amount): boolean {
    return fits(amount, minus(this.#beside, this.#onDemand))
  }

  /** Whether it starts no later for a spot job that takes this much. */
  lets(amount: Amount): boolean {
    return fits(amount, minus(this.#beside, this.#all))
  }

  take({ amount, spot }: QueuedJob): void {
    this.#all = plus(this.#all, amount)
    if (!spot) this.#onDemand = plus(this.#onDemand, amount)
  }
}

/** Every job takes some of both. */
function isUsedUp({ cpus, memory }: Amount): boolean {
  return cpus <= 0 || memory <= 0
}
