import { setImmediate } from 'node:timers/promises'
import { recordEvent } from '../store/record-event.ts'
import type { JobRecord } from '../store/store.ts'
import type { SupervisorContext } from './context.ts'
import { KeptPeriods } from './kept-periods.ts'
import { PoolQuotas } from './pool-quotas.ts'
import { PlaceAskedBack, supervise, type Handle } from './supervise.ts'
import { Workspaces } from './workspaces.ts'

const WOKEN_AT_ONCE = 50

interface Running {
  readonly handle: Handle
  readonly done: Promise<void>
  /** Asked for while it ran: it may have looked at the record for the last time before, as it does when the job is over. */
  woken: boolean
}

/** One supervisor for each job that is not over, or is being deleted. */
export class Supervisors {
  readonly #context: SupervisorContext
  readonly #closing = new AbortController()
  readonly #running = new Map<string, Running>()
  readonly #workspaces: Workspaces
  #sweeping: Promise<void> = Promise.resolve()
  /** Jobs asked for before the recovery: none may ask for a place before those that have one have kept it. Undefined from then on. */
  #early: Set<string> | undefined = new Set()

  constructor(options: Omit<SupervisorContext, 'pools' | 'failures' | 'poolQuotas'>) {
    const { clock, config, store } = options
    this.#context = {
      ...options,
      pools: new KeptPeriods(clock),
      failures: new KeptPeriods(clock),
      poolQuotas: new PoolQuotas(config.fleet.quotas, store),
    }
    this.#workspaces = new Workspaces(this.#context, this.#closing.signal)
  }

  /** Takes up every job that an earlier life of this server left unfinished; what ended jobs left behind is removed meanwhile. */
  async recover(): Promise<void> {
    const { store, scheduler } = this.#context
    const jobs = await store.unfinishedJobs()
    // The record of an interrupted job still has the place that another may have by now: what was given later is whose it is.
    const held = jobs.flatMap(({ id, placement }) => (placement ? [{ id, placement }] : [])).toReversed()
    for (const { id, placement } of held.toSorted((one, other) => other.placement.since - one.placement.since))
      scheduler.hold(id, placement)
    const ids = new Set([...jobs.map(({ id }) => id), ...(this.#early ?? [])])
    this.#early = undefined
    for (const [index, id] of [...ids].entries()) {
      this.#wake(id, false)
      // Each looks at its record at once; the records of all together would be a large heap, which is never given back.
      if (index % WOKEN_AT_ONCE === 0) await setImmediate()
    }
    // What they kept goes in time.
    for (const id of await store.availablePools()) this.wake(id)
    this.#sweeping = this.#workspaces.sweep().catch((error: unknown) => {
      this.#context.log.error(
        { err: error },
        'what ended jobs left behind could not all be removed; the next start tries again',
      )
    })
  }

  /** Something of this job's record has changed: supervise it, or make its supervisor look again; before the recovery, take it up then. */
  wake(jobId: string): void {
    this.#wake(jobId, true)
  }

  /** Takes up a job that has just been created. */
  begin(created: JobRecord): void {
    this.#wake(created.id, true, created)
  }

  #wake(jobId: string, isNew: boolean, created?: JobRecord): void {
    if (this.#closing.signal.aborted) return
    if (this.#early) return void this.#early.add(jobId)
    const running = this.#running.get(jobId)
    if (running) {
      running.woken = true
      return running.handle.leave.abort(new Error('the record has changed'))
    }
    const handle: Handle = { leave: new AbortController(), isNew, created }
    this.#running.set(jobId, { handle, done: this.#run(jobId, handle), woken: false })
  }

  /**
   * Writes the intent to take a job's place away, and acts on it: it goes to Interrupted, and waits for another place there.
   * @returns false where the job is past it: it ends by itself, and its place is free then
   */
  async interrupt(jobId: string, details: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    const { store, clock } = this.#context
    const { kind } = await recordEvent(store, clock, { jobId, event: { kind: 'interrupted' }, details })
    if (kind === 'unchanged') this.#running.get(jobId)?.handle.leave.abort(new PlaceAskedBack(details))
    this.wake(jobId)
    return kind === 'recorded' || kind === 'unchanged'
  }

  /** How many jobs are not over, or are being deleted. */
  get supervised(): number {
    return this.#running.size
  }

  /** Resolves when no job is being supervised. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(Array.from(this.#running.values(), ({ done }) => done))
  }

  /** Lets go of every job without ending it. */
  async close(): Promise<void> {
    const reason = new Error('the server is closing')
    this.#closing.abort(reason)
    // One by one: a signal that joins the two for each job would take more memory than all else that is known of it.
    for (const { handle } of this.#running.values()) handle.leave.abort(reason)
    await this.idle()
    await this.#sweeping
    await this.#workspaces.close()
  }

  async #run(jobId: string, handle: Handle): Promise<void> {
    try {
      const ended = await supervise(this.#context, jobId, handle, this.#closing.signal)
      if (ended) await this.#workspaces.leave(ended)
    } catch (error) {
      this.#context.log.error(
        { jobId, err: error },
        'the supervisor of a job ended; it is taken up again at the next start',
      )
    } finally {
      this.#context.metrics.forget(jobId)
      this.#context.scheduler.release(jobId)
      const woken = this.#running.get(jobId)?.woken
      this.#running.delete(jobId)
      if (woken) this.wake(jobId)
    }
  }
}
