/** What goes wrong in one run, and where: points are counted from 1 over all lives of the server. */
export type Fault =
  | { readonly kind: 'none' }
  /** At each of these points the server is dead at once. */
  | { readonly kind: 'drop'; readonly at: readonly number[] }
  /** From this point on the disk takes no write for so many milliseconds of job time. */
  | { readonly kind: 'full-disk'; readonly at: number; readonly forMs: number }
  /** At this point the wall clock is stepped; the monotonic one is not. */
  | { readonly kind: 'clock-step'; readonly at: number; readonly byMs: number }

/** Counts the points that a run passes. One for all lives of a server, so that a fault may also come while it recovers. */
export class Points {
  readonly fault: Fault
  #passed = 0
  #names: string[] = []
  /** Numbers of the points before a call that writes to the disk. */
  readonly writes: number[] = []

  constructor(fault: Fault) {
    this.fault = fault
  }

  get passed(): number {
    return this.#passed
  }

  /** What lies at point `number`: `store.apply, before`. */
  name(number: number): string {
    return this.#names[number - 1] ?? 'never reached'
  }

  /** @returns the number of the point that is passed now */
  pass(name: string, isWrite: boolean): number {
    this.#names.push(name)
    this.#passed++
    if (isWrite) this.writes.push(this.#passed)
    return this.#passed
  }
}

/** What a life does to the world around it. All are called within the call that meets the point. */
export interface LifeEvents {
  /** The server is dead: what its files hold at this instant is all that is left of it. */
  died(): void
  diskFull(forMs: number): void
  clockStepped(byMs: number): void
  isDiskFull(): boolean
}

/**
 * One life of a server, from its start to the point where it is dropped. After that nothing it called returns, and nothing it calls is done, so that none of its
 * code goes on.
 */
export class Life {
  readonly #points: Points
  readonly #events: LifeEvents
  readonly #dying = new AbortController()
  #pending = 0
  /** Resolves when the server is dead. */
  readonly died: Promise<typeof DEAD>

  constructor(points: Points, events: LifeEvents) {
    this.#points = points
    this.#events = events
    this.died = new Promise((resolve) => {
      this.#dying.signal.addEventListener('abort', () => resolve(DEAD), { once: true })
    })
  }

  get isDead(): boolean {
    return this.#dying.signal.aborted
  }

  /** Calls that the server waits for and that take no job time: disk, and what answers from memory. */
  get pending(): number {
    return this.isDead ? 0 : this.#pending
  }

  /** Aborts with the server. */
  get signal(): AbortSignal {
    return this.#dying.signal
  }

  /** The points before and after one call. @param full makes the error of a full disk, where the call writes */
  call(name: string, work: () => unknown, full?: () => Error): unknown {
    if (!this.#goesOn(`${name}, before`, full !== undefined)) return never()
    if (full && this.#events.isDiskFull()) return Promise.reject(full())
    const result = work()
    if (!(result instanceof Promise)) return result
    return this.#afterwards(name, this.#counted(name, result))
  }

  async #afterwards(name: string, work: Promise<unknown>): Promise<unknown> {
    try {
      const value = await work
      return this.#goesOn(`${name}, after`) ? value : await never()
    } catch (error) {
      if (this.#goesOn(`${name}, after`)) throw error
      return never()
    }
  }

  async #counted(name: string, work: Promise<unknown>): Promise<unknown> {
    if (TAKE_JOB_TIME.some((room) => name.startsWith(room))) return work
    this.#pending++
    try {
      return await work
    } finally {
      this.#pending--
    }
  }

  /** @returns false once the server is dead */
  #goesOn(name: string, isWrite = false): boolean {
    if (this.isDead) return false
    const number = this.#points.pass(name, isWrite)
    const { fault } = this.#points
    if (fault.kind === 'full-disk' && fault.at === number) this.#events.diskFull(fault.forMs)
    if (fault.kind === 'clock-step' && fault.at === number) this.#events.clockStepped(fault.byMs)
    if (fault.kind !== 'drop' || !fault.at.includes(number)) return true
    this.#events.died()
    this.#dying.abort()
    return false
  }
}

/** Calls that last as long as the machine plays; all others are over before job time goes on. */
const TAKE_JOB_TIME = ['instance.', 'runtime.launch', 'runtime.collect']

/** What `Life.died` resolves with. */
export const DEAD = Symbol('the server is dead')

/** What a dead server waits for. */
export function never(): Promise<never> {
  return new Promise(() => undefined)
}
