import { setImmediate } from 'node:timers/promises'
import { waitsForPlace } from '../lifecycle/job.ts'
import { CapacityError } from '../scheduler/scheduler.ts'
import { recordEvent } from '../store/record-event.ts'
import type { JobRecord } from '../store/store.ts'
import type { SupervisorContext } from './context.ts'
import { Deadlines } from './deadlines.ts'
import { parseJobRequest } from './job-request.ts'
import { KeptPeriods } from './kept-periods.ts'
import { isReached, type Limit } from './limits.ts'
import { askingOf } from './place.ts'
import { PoolQuotas } from './pool-quotas.ts'
import { PlaceAskedBack, supervise } from './supervise.ts'
import { SupervisedJob } from './supervised-job.ts'
import { Workspaces } from './workspaces.ts'

/** How many jobs of an earlier life are taken up in one turn of the event loop: requests are answered meanwhile, and the records of many together would be a large heap. */
const AT_ONCE = 4

/** Made once: an error costs as much as many promises. */
const RECORD_CHANGED = new Error('the record has changed')

/** Takes every job that is not over, or is being deleted, through its stages. A job that stands in line for its place has no supervisor at work until it has its turn. */
export class Supervisors {
  readonly #context: SupervisorContext
  readonly #closing = new AbortController()
  readonly #jobs = new Map<string, SupervisedJob>()
  /** Of the jobs that stand in line. */
  readonly #deadlines: Deadlines
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
    this.#deadlines = new Deadlines(clock, (jobId) => this.wake(jobId))
    this.#workspaces = new Workspaces(this.#context, this.#closing.signal)
  }

  /**
   * Takes up every job that an earlier life of this server left unfinished; what ended jobs left behind is removed meanwhile. Places are given once every job that has
   * one holds it and every job that waits for one stands in line, so that it is the same who comes first as if the server had never ended.
   */
  async recover(): Promise<void> {
    const { store, scheduler } = this.#context
    const jobs = this.#early ?? new Set()
    const pause = pausing()
    for (const { id, placement } of await store.unfinishedJobs()) {
      jobs.add(id)
      if (placement) scheduler.hold(id, placement)
    }
    // Those that are made meanwhile come to it.
    for (const id of jobs) {
      await this.#lineUp(id)
      await pause()
    }
    this.#early = undefined
    scheduler.open()
    for (const id of jobs) {
      // What has its place by now is at work already.
      if (!this.#jobs.get(id)?.work) this.#wake(id, false)
      await pause()
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

  /** A job that waits for its place stands in line before any place is given, whatever else has to be done for it first. */
  async #lineUp(jobId: string): Promise<void> {
    const { store, clock, admission, scheduler, log } = this.#context
    try {
      const record = await store.job(jobId)
      if (!record || !waitsForPlace(record.state)) return
      const request = parseJobRequest(record.request)
      const job = this.#known(jobId, false)
      const asking = askingOf(record, request)
      if (isReached(clock, job.limits.of(record.state, request)) || !(await admission.isOpen(asking))) return
      await scheduler.ask(asking, job)
      job.turn = 'asked'
    } catch (error) {
      // Its supervisor meets that again, and ends it or tries again.
      if (!(error instanceof CapacityError)) log.warn({ jobId, err: error }, 'a job cannot be put in line yet')
    }
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
    const job = this.#known(jobId, isNew)
    if (job.work) return job.interruptWork(RECORD_CHANGED)
    job.created = created
    this.#begin(job)
  }

  #known(id: string, isNew: boolean): SupervisedJob {
    const known = this.#jobs.get(id)
    if (known) return known
    const job = new SupervisedJob({ id, isNew, clock: this.#context.clock, turned: this.#turned })
    this.#jobs.set(id, job)
    return job
  }

  readonly #turned = (job: SupervisedJob): void => {
    if (!job.work && !this.#closing.signal.aborted) this.#begin(job)
  }

  /**
   * Writes the intent to take a job's place away, and acts on it: it goes to Interrupted, and waits for another place there.
   * @returns false where the job is past it: it ends by itself, and its place is free then
   */
  async interrupt(jobId: string, details: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    const { store, clock } = this.#context
    const { kind } = await recordEvent(store, clock, { jobId, event: { kind: 'interrupted' }, details })
    if (kind === 'unchanged') this.#jobs.get(jobId)?.interruptWork(new PlaceAskedBack(details))
    this.wake(jobId)
    return kind === 'recorded' || kind === 'unchanged'
  }

  /** How many jobs are not over, or are being deleted. */
  get supervised(): number {
    return this.#jobs.size
  }

  /** Resolves when no supervisor is at work. */
  async idle(): Promise<void> {
    const works = () => Array.from(this.#jobs.values()).flatMap(({ work }) => work ?? [])
    for (let under = works(); under.length > 0; under = works()) await Promise.all(under)
  }

  /** Lets go of every job without ending it. */
  async close(): Promise<void> {
    const reason = new Error('the server is closing')
    this.#closing.abort(reason)
    this.#deadlines.close()
    // One by one: a signal that joins the two for each job would take more memory than all else that is known of it.
    for (const job of this.#jobs.values()) job.interruptWork(reason)
    await this.idle()
    await this.#sweeping
    await this.#workspaces.close()
  }

  #begin(job: SupervisedJob): void {
    this.#deadlines.clear(job.id)
    job.work = this.#run(job)
  }

  async #run(job: SupervisedJob): Promise<void> {
    const waits = await this.#supervise(job)
    job.work = undefined
    const isWoken = job.leave?.signal.aborted ?? false
    job.leave = undefined
    job.request = undefined
    if (waits && !this.#closing.signal.aborted) {
      if (isWoken || job.turn !== 'asked') this.#begin(job)
      else if (waits.limit) this.#deadlines.set(job.id, waits.limit.deadline)
      return
    }
    this.#jobs.delete(job.id)
    this.#context.metrics.forget(job.id)
    // What is let go of keeps its place: others would be given it, and spot jobs interrupted for it, while the server closes.
    if (this.#closing.signal.aborted) return
    this.#context.scheduler.release(job.id)
    if (isWoken) this.wake(job.id)
  }

  /** @returns undefined once the job is over, or let go of */
  async #supervise(job: SupervisedJob): Promise<{ readonly limit: Limit | undefined } | undefined> {
    try {
      const ending = await supervise(this.#context, job, this.#closing.signal)
      if (ending.kind === 'waits') return ending
      if (ending.kind === 'over' && ending.job) await this.#workspaces.leave(ending.job)
    } catch (error) {
      this.#context.log.error(
        { jobId: job.id, err: error },
        'the supervisor of a job ended; it is taken up again at the next start',
      )
    }
    return undefined
  }
}

/** @returns what is called after each job, and lets others have their turn now and then */
function pausing(): () => Promise<void> | undefined {
  let taken = 0
  return () => (++taken % AT_ONCE === 0 ? setImmediate() : undefined)
}
