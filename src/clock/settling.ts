import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'

/** Turns of the event loop in which nothing begins and nothing is under way: what still had something to do would have shown. */
const QUIET_TURNS = 6
/** A request of the file system that is under way, as Node names it. */
const FILE_REQUEST = /^(FSReq|FileHandle|CloseReq)/
/** What is under way outside this thread answers when it answers: asking each turn would only burn a processor. */
const SPINS = 200

/**
 * Knows when nothing is under way at the present moment of job time: neither an operation that was counted (a request, a commit of the record, a look of a worker
 * thread), nor one of the file system, nor anything that the event loop has queued.
 */
export class Settling {
  #begun = 0
  #underWay = 0

  /** Counts work until it has ended. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#begun++
    this.#underWay++
    try {
      return await work()
    } finally {
      this.#underWay--
    }
  }

  /** Counts every promise that a method of the object returns. Its other members stay as they are. */
  counting<Target extends object>(target: Target, methods: readonly (keyof Target & string)[]): Target {
    const counted = new Set<string | symbol>(methods)
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name, object)
        if (typeof member !== 'function') return member
        if (!counted.has(name)) return member.bind(object) as unknown
        return (...args: readonly unknown[]) => this.during(() => member.apply(object, args) as Promise<unknown>)
      },
    })
  }

  /** @param changes a number that grows whenever something begins elsewhere, such as waits on the clock */
  async settled(changes: () => number): Promise<void> {
    let before = this.#begun + changes()
    for (let quiet = 0, spins = 0; quiet < QUIET_TURNS; spins++) {
      await (spins < SPINS ? turn() : wait(1))
      const now = this.#begun + changes()
      quiet = this.#underWay === 0 && now === before && !filesUnderWay() ? quiet + 1 : 0
      before = now
    }
  }
}

function filesUnderWay(): boolean {
  return process.getActiveResourcesInfo().some((name) => FILE_REQUEST.test(name))
}
