import { isTerminal } from '../lifecycle/status.ts'
import type { JobRecord } from '../store/store.ts'
import type { SupervisorContext } from './context.ts'
import { tidyLeftBehind } from './left-behind.ts'

/** Milliseconds after which what could not be removed, or recorded, is tried again. */
const TRY_AGAIN = 30_000

/** What jobs leave on the machine: it goes when their terminal status is committed, and what is kept for a while when that is over. */
export class Workspaces {
  readonly #context: SupervisorContext
  readonly #closing: AbortSignal
  readonly #waiting = new Map<string, { readonly over: AbortController; readonly done: Promise<void> }>()

  constructor(context: SupervisorContext, closing: AbortSignal) {
    this.#context = context
    this.#closing = closing
  }

  /** The job is over, or something about what it leaves has changed since: removes what is of no more use, and what it had taken of an earlier job's. */
  async leave(job: JobRecord): Promise<void> {
    await this.#tidy(job)
    const taken = await this.#context.store.poolTakenBy(job.id)
    if (taken) await this.#tidy(taken)
  }

  /** Looks through everything there is, for workspaces whose job ended while no server was there, or that belong to none. */
  async sweep(): Promise<void> {
    const { store, runtime } = this.#context
    const over = new Map<string, JobRecord>()
    for (const id of await runtime.known()) {
      const job = await store.job(id.jobId)
      if (job?.state.attempt !== id.attempt) await (await runtime.find(id))?.destroy()
      else if (isTerminal(job.state.status)) over.set(job.id, job)
    }
    for (const job of over.values()) await this.#tidy(job)
  }

  async close(): Promise<void> {
    for (const { over } of this.#waiting.values()) over.abort()
    await Promise.all(Array.from(this.#waiting.values(), ({ done }) => done))
  }

  async #tidy(job: JobRecord): Promise<void> {
    const next = await tidyLeftBehind(this.#context, job)
    this.#waiting.get(job.id)?.over.abort()
    if (next !== undefined) this.#wait(job.id, next)
  }

  #wait(jobId: string, milliseconds: number): void {
    if (this.#closing.aborted) return
    const over = new AbortController()
    const waited = this.#context.clock.sleep(milliseconds, { signal: over.signal }).then(
      () => true,
      () => false,
    )
    const done = this.#after(jobId, over, waited)
    this.#waiting.set(jobId, { over, done })
  }

  async #after(jobId: string, over: AbortController, waited: Promise<boolean>): Promise<void> {
    const isTime = await waited
    // Whoever called it off has set the next one.
    if (this.#waiting.get(jobId)?.over === over) this.#waiting.delete(jobId)
    if (!isTime) return
    try {
      const job = await this.#context.store.job(jobId)
      if (job) await this.#tidy(job)
    } catch (error) {
      this.#context.log.error({ jobId, err: error }, 'what a job left behind could not be removed; it is tried again')
      this.#wait(jobId, TRY_AGAIN)
    }
  }
}
