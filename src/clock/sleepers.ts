/** One wait on a virtual clock. */
export interface Sleeper {
  /** Epoch milliseconds at which it is over. */
  readonly due: number
  /** Of those that are due at once the lower wakes first. */
  readonly order: number
  readonly wake: () => void
  /** Set when it has been taken out, or nobody waits any more: then it leaves the heap when it comes to the top. */
  isGone: boolean
}

/**
 * The waits of a virtual clock by the time they are due: a binary heap, so that a million of them cost no more than twenty steps each. A wait that is given up is only marked:
 * most limits of jobs are, long before their time.
 */
export class Sleepers {
  #heap: Sleeper[] = []
  #gone = 0

  /** How many still wait. */
  get size(): number {
    return this.#heap.length - this.#gone
  }

  add(sleeper: Sleeper): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(sleeper)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (!above || isBefore(above, sleeper)) break
      heap[at] = above
      at = parent
    }
    heap[at] = sleeper
  }

  giveUp(sleeper: Sleeper): void {
    if (sleeper.isGone) return
    sleeper.isGone = true
    this.#gone++
    // Their own weight would otherwise stay until their time comes, which may be days of job time.
    if (this.#gone > 1024 && this.#gone * 2 > this.#heap.length) this.#sweep()
  }

  /** @returns when the next wait is over */
  nextDue(): number | undefined {
    return this.#top()?.due
  }

  /** Takes out every wait that is over by then, in the order in which they wake. */
  takeDue(until: number): Sleeper[] {
    const taken: Sleeper[] = []
    for (let top = this.#top(); top && top.due <= until; top = this.#top()) {
      this.#removeTop()
      top.isGone = true
      taken.push(top)
    }
    return taken
  }

  #top(): Sleeper | undefined {
    while (this.#heap[0]?.isGone) {
      this.#removeTop()
      this.#gone--
    }
    return this.#heap[0]
  }

  #sweep(): void {
    const left = this.#heap.filter((sleeper) => !sleeper.isGone)
    this.#heap = []
    this.#gone = 0
    for (const sleeper of left) this.add(sleeper)
  }

  #removeTop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let at = 0
    for (;;) {
      const least = this.#lesserChild(at)
      const below = heap[least]
      if (!below || isBefore(last, below)) break
      heap[at] = below
      at = least
    }
    heap[at] = last
  }

  #lesserChild(at: number): number {
    const left = 2 * at + 1
    const [one, other] = [this.#heap[left], this.#heap[left + 1]]
    return one && other && isBefore(other, one) ? left + 1 : left
  }
}

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order)
}
