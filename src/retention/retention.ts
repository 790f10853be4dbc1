import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import { hasAges, prune, type PruneContext, type Pruned, type PruneOrder, type RetentionAges } from './prune.ts'

export interface RetentionContext extends PruneContext {
  /** As configured. */
  readonly ages: RetentionAges
  readonly clock: JobClock
  readonly log: Pick<Logger, 'info' | 'error'>
}

/** Milliseconds of job time between two rounds. */
const BETWEEN_ROUNDS = 3_600_000

/** What a running server removes by age: by itself once an hour, if an age is configured, and when it is asked. */
export class Retention {
  readonly #context: RetentionContext
  readonly #closing = new AbortController()
  #rounds: Promise<void> = Promise.resolve()
  #last: Promise<unknown> = Promise.resolve()

  constructor(context: RetentionContext) {
    this.#context = context
  }

  get ages(): RetentionAges {
    return this.#context.ages
  }

  /** Begins with a round at once. */
  start(): void {
    if (hasAges(this.ages)) this.#rounds = this.#goRound()
  }

  /** One after another: two at once would count the same files. @throws as `prune` does */
  prune(order: Omit<PruneOrder, 'signal'>): Promise<Pruned> {
    const run = () => prune(this.#context, { ...order, signal: this.#closing.signal })
    const pruning = this.#last.then(run, run)
    this.#last = pruning
    return pruning
  }

  /** Resolves when nothing is being removed any more. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the server is closing'))
    await this.#rounds
    await this.#last.catch(() => undefined)
  }

  async #goRound(): Promise<void> {
    const { clock } = this.#context
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#round()
      await clock.sleep(BETWEEN_ROUNDS, { signal }).catch(() => undefined)
    }
  }

  async #round(): Promise<void> {
    const { ages, log } = this.#context
    try {
      const pruned = await this.prune({ ages })
      if (Object.values(pruned).some((count) => count > 0)) log.info(pruned, 'what was past its time is removed')
    } catch (error) {
      if (this.#closing.signal.aborted) return
      log.error({ err: error }, 'what is past its time could not all be removed; the next round tries again')
    }
  }
}
