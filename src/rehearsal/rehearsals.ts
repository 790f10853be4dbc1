import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import type { JobState } from '../lifecycle/job.ts'
import { isTerminal } from '../lifecycle/status.ts'
import { recordEvent } from '../store/record-event.ts'
import type { JournalRecord, Store } from '../store/store.ts'
import { JobRehearsal, PLANNED, REHEARSED } from './job-rehearsal.ts'
import { parseRehearsal } from './parse-rehearsal.ts'
import type { TimedInjection } from './rehearsal.ts'

export interface RehearsalsContext {
  /** The store itself, not one that tells of what is recorded. */
  readonly store: Store
  readonly clock: JobClock
  readonly log: Logger
}

/** How jobs are acted on: the supervisors, which are made after what they stand on. */
export interface Stage {
  interrupt(jobId: string, details: Readonly<Record<string, unknown>>): Promise<boolean>
  wake(jobId: string): void
}

const LONGEST_JOURNAL = 1000

/** The rehearsals of all jobs that have one and are not over. */
export class Rehearsals {
  readonly #context: RehearsalsContext
  readonly #jobs = new Map<string, Promise<JobRehearsal | undefined>>()
  readonly #waits = new Set<Promise<void>>()
  #stage: Stage | undefined
  #recording: Store
  #isClosed = false

  constructor(context: RehearsalsContext) {
    this.#context = context
    this.#recording = context.store
  }

  /** @param store that tells `observe` of what is recorded in it */
  attach(stage: Stage, store: Store): void {
    this.#stage = stage
    this.#recording = store
  }

  /** Goes on with the rehearsals of an earlier life of this server; before the jobs themselves go on. */
  async recover(): Promise<void> {
    const { store } = this.#context
    for (const { id } of await store.unfinishedJobs()) {
      const rehearsal = await this.of(id)
      const job = rehearsal && (await store.job(id))
      if (!rehearsal || !job) continue
      const journal = await store.journal({ jobId: id, after: 0, limit: LONGEST_JOURNAL })
      for (const injection of dueAgain(rehearsal, journal)) await this.#act(id, injection)
      this.#arm(id, rehearsal)
    }
  }

  /** @returns undefined for a job without one */
  of(jobId: string): Promise<JobRehearsal | undefined> {
    const known = this.#jobs.get(jobId) ?? this.#load(jobId)
    this.#jobs.set(jobId, known)
    // What could not be read is read again when it is asked for again.
    known.catch(() => this.#jobs.delete(jobId))
    return known
  }

  /** A job's record has become this. What is due at the beginning of a stage has been made when it resolves. */
  async observe(jobId: string, state: JobState): Promise<void> {
    if (this.#isClosed) return
    const rehearsal = await this.of(jobId)
    if (isOver(state)) return this.#forget(jobId, rehearsal)
    if (!rehearsal?.enter(state)) return
    const now = this.#context.clock.now()
    for (const injection of this.#armed(rehearsal)) {
      if (rehearsal.visit.since + injection.after > now) continue
      await this.#make(jobId, rehearsal, injection)
    }
    this.#arm(jobId, rehearsal)
  }

  /** A job that has just been created, whose first stage begins. */
  async begin(jobId: string, state: JobState): Promise<void> {
    const rehearsal = await this.of(jobId)
    if (!rehearsal) return
    const now = this.#context.clock.now()
    for (const injection of this.#armed(rehearsal))
      if (state.creationTime + injection.after <= now) await this.#make(jobId, rehearsal, injection)
    this.#arm(jobId, rehearsal)
  }

  /** Lets go of what is waited for. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const job of this.#jobs.values()) (await job.catch(() => undefined))?.leave()
    await Promise.all(this.#waits)
  }

  async #load(jobId: string): Promise<JobRehearsal | undefined> {
    const { store, clock, log } = this.#context
    const journal = await store.journal({ jobId, after: 0, limit: LONGEST_JOURNAL })
    const text = journal.find(({ kind }) => kind === PLANNED)?.data['plan']
    const job = await store.job(jobId)
    if (!job || isOver(job.state)) {
      // Asked for while what it left is removed: nothing of it is to be remembered.
      this.#jobs.delete(jobId)
      return undefined
    }
    if (typeof text !== 'string') return undefined
    return new JobRehearsal({
      plan: parseRehearsal(text),
      state: job.state,
      journal,
      now: () => clock.now(),
      append: async (entry) => {
        if (entry.kind === REHEARSED) log.info({ jobId, injection: entry.data['text'] }, 'a rehearsal injects')
        await store.appendJournal(jobId, [entry])
      },
    })
  }

  #forget(jobId: string, rehearsal: JobRehearsal | undefined): void {
    rehearsal?.leave()
    this.#jobs.delete(jobId)
  }

  /** Those that may still be made in the stage that the job is in, the first to be due first. */
  #armed(rehearsal: JobRehearsal): readonly TimedInjection[] {
    return rehearsal.plan.injections
      .filter((injection) => injection.kind === 'timed')
      .filter((injection) => isArmed(rehearsal, injection))
      .toSorted((a, b) => a.after - b.after)
  }

  #arm(jobId: string, rehearsal: JobRehearsal): void {
    if (this.#isClosed) return
    const { leaving } = rehearsal
    if (leaving.aborted) return
    for (const injection of this.#armed(rehearsal)) {
      const wait = this.#wait(jobId, rehearsal, injection)
      this.#waits.add(wait)
      void wait.finally(() => this.#waits.delete(wait))
    }
  }

  async #wait(jobId: string, rehearsal: JobRehearsal, injection: TimedInjection): Promise<void> {
    const { clock, log } = this.#context
    const { leaving: signal, visit } = rehearsal
    try {
      await clock.sleep(Math.max(0, visit.since + injection.after - clock.now()), { signal })
      await this.#make(jobId, rehearsal, injection)
    } catch (error) {
      if (!signal.aborted) log.error({ jobId, injection: injection.text, err: error }, 'a rehearsal cannot inject')
    }
  }

  async #make(jobId: string, rehearsal: JobRehearsal, injection: TimedInjection): Promise<void> {
    // What was made before it may have taken the job out of its stage, or its place away.
    if (!isArmed(rehearsal, injection)) return
    if (await rehearsal.take(injection)) await this.#act(jobId, injection)
  }

  async #act(jobId: string, { action, text }: TimedInjection): Promise<void> {
    const details = { rehearsed: text }
    switch (action.kind) {
      case 'interrupt':
        await this.#stage?.interrupt(jobId, details)
        return
      case 'stop': {
        const event = { kind: 'stop-requested', cause: action.cause } as const
        await recordEvent(this.#recording, this.#context.clock, { jobId, event, details })
        this.#stage?.wake(jobId)
        return
      }
      case 'end':
        // Whoever has the instance in his hands sees that it has ended.
        return
      default:
        action satisfies never
    }
  }
}

function isOver({ status }: JobState): boolean {
  return isTerminal(status) || status === 'Deleting'
}

/** Whether it is still to be made in the stage that the job is in. */
function isArmed(rehearsal: JobRehearsal, injection: TimedInjection): boolean {
  const { stage, placed } = rehearsal.visit
  if (injection.stage !== stage || rehearsal.madeHere(injection)) return false
  // A job that has no place has none to lose.
  return stage !== 'start' || placed || injection.action.kind !== 'interrupt'
}

const EVENT_OF_ACTION = { interrupt: 'interrupted', stop: 'stop-requested' } as const

/** What counts as made in the stage that the job is in, although the server died before it acted: nothing that it does is in the journal behind it. */
function dueAgain(rehearsal: JobRehearsal, journal: readonly JournalRecord[]): readonly TimedInjection[] {
  return journal.flatMap(({ kind, cursor, data }) => {
    const injection = kind === REHEARSED ? rehearsal.plan.injections[Number(data['index'])] : undefined
    if (injection?.kind !== 'timed' || injection.action.kind === 'end') return []
    const { since, attempt } = rehearsal.visit
    if (data['visit'] !== since || data['attempt'] !== attempt) return []
    const event = EVENT_OF_ACTION[injection.action.kind]
    return journal.some((later) => later.cursor > cursor && later.kind === event) ? [] : [injection]
  })
}
