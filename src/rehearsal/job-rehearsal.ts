import type { JobState, Transition } from '../lifecycle/job.ts'
import type { InstanceEnd, InstanceId } from '../runtime/runtime.ts'
import type { JournalEntry, JournalRecord } from '../store/store.ts'
import { stageOfStatus, type Injection, type Rehearsal, type RehearsalStage } from './rehearsal.ts'

/** Kinds of the journal's entries. */
export const PLANNED = 'rehearsal'
export const REHEARSED = 'rehearsed'

/** An injection that was made; written to the journal before it acts. */
export interface Made {
  /** In the plan. */
  readonly index: number
  readonly time: number
  readonly attempt: number
  /** When the stage that it was made in had begun: of each visit another. */
  readonly visit: number
}

/** A stage that a job is in, as long as it is in it. */
export interface Visit {
  readonly stage: RehearsalStage | undefined
  /** Job time of its beginning. */
  readonly since: number
  readonly attempt: number
  /** Whether it has its place on the machine. */
  readonly placed: boolean
}

export interface JobRehearsalParts {
  readonly plan: Rehearsal
  readonly state: JobState
  readonly journal: readonly JournalRecord[]
  readonly now: () => number
  /** Appends to the job's journal. */
  readonly append: (entry: JournalEntry) => Promise<void>
}

type InjectionOf<Kind extends Injection['kind']> = Extract<Injection, { readonly kind: Kind }>

/** How the command of a host was ended, and when. */
export interface HostEnded {
  readonly end: InstanceEnd
  readonly time: number
}

/** What is broken of one job, and what of it has been: all that it knows comes from the job's record, so a server that starts again goes on. */
export class JobRehearsal {
  readonly plan: Rehearsal
  readonly #parts: JobRehearsalParts
  readonly #made: Made[] = []
  readonly #ends = new Map<string, PromiseWithResolvers<HostEnded>>()
  readonly #ended = new Map<string, HostEnded>()
  /** Aborts when the job leaves the stage that it is in. */
  #leaving = new AbortController()
  #visit: Visit

  constructor(parts: JobRehearsalParts) {
    this.plan = parts.plan
    this.#parts = parts
    this.#visit = visitOf(parts.state)
    for (const { kind, time, data } of parts.journal)
      if (kind === REHEARSED) this.#note({ time, ...(data as Omit<Made, 'time'>) })
  }

  get visit(): Visit {
    return this.#visit
  }

  /** Aborts when the job leaves its stage. */
  get leaving(): AbortSignal {
    return this.#leaving.signal
  }

  /** The job is in this state now. @returns whether it has entered another stage */
  enter(state: JobState): boolean {
    const visit = visitOf(state)
    const { since, stage, attempt, placed } = this.#visit
    const isSamePlace = stage !== 'start' || visit.placed === placed
    if (isSamePlace && visit.since === since && visit.stage === stage && visit.attempt === attempt) return false
    this.#visit = visit
    this.#leaving.abort(new Error('the job has left the stage'))
    this.#leaving = new AbortController()
    return true
  }

  leave(): void {
    this.#leaving.abort(new Error('the job is over, or let go of'))
  }

  /** What was made of an injection in the stage that the job is in, if anything was. */
  madeHere(injection: Injection): Made | undefined {
    const index = this.#indexOf(injection)
    return this.#made.find(
      (made) => made.index === index && made.visit === this.#visit.since && made.attempt === this.#visit.attempt,
    )
  }

  /** Whether it has not been made as often as it may be. */
  mayMake(injection: Injection): boolean {
    const index = this.#indexOf(injection)
    return this.#made.filter((made) => made.index === index).length < injection.times
  }

  /**
   * Makes an injection, if it has not been made as often as it may be. It counts as made before it acts.
   * @param details what is told of it besides
   * @throws StoreError: it is not made then
   */
  async take(injection: Injection, details: Readonly<Record<string, unknown>> = {}): Promise<Made | undefined> {
    if (!this.mayMake(injection)) return undefined
    const index = this.#indexOf(injection)
    const { since: visit, attempt, stage } = this.#visit
    const made: Made = { index, attempt, visit, time: this.#parts.now() }
    // Counted at once, so that two who ask at the same time do not both make the last one.
    this.#made.push(made)
    const data = { index, attempt, visit, stage, text: injection.text, ...details }
    try {
      await this.#parts.append({ kind: REHEARSED, time: made.time, data })
    } catch (error) {
      this.#made.splice(this.#made.indexOf(made), 1)
      throw error
    }
    this.#settle(made)
    return made
  }

  /**
   * Makes the first injection of a kind that may still be made, where there is an occasion for it.
   * @param details what is told of it besides
   * @returns it; undefined where there is none
   */
  async takeFirst<Kind extends Injection['kind']>(
    kind: Kind,
    applies: (injection: InjectionOf<Kind>) => boolean = () => true,
    details: Readonly<Record<string, unknown>> = {},
  ): Promise<InjectionOf<Kind> | undefined> {
    for (const injection of this.#injectionsOf(kind))
      if (applies(injection) && (await this.take(injection, details))) return injection
    return undefined
  }

  /** The first injection of a kind that lasts in the stage that the job is in: one that was made there, or else is made now. */
  async lasting<Kind extends Injection['kind']>(
    kind: Kind,
    applies: (injection: InjectionOf<Kind>) => boolean = () => true,
  ): Promise<{ readonly injection: InjectionOf<Kind>; readonly made: Made } | undefined> {
    for (const injection of this.#injectionsOf(kind)) {
      if (!applies(injection)) continue
      const made = this.madeHere(injection) ?? (await this.take(injection))
      if (made) return { injection, made }
    }
    return undefined
  }

  /** How the command of a host was ended, if it was. */
  endOf(id: Pick<InstanceId, 'attempt' | 'host'>): HostEnded | undefined {
    return this.#ended.get(keyOf(id))
  }

  /** Resolves when the command of a host is ended. */
  ended(id: Pick<InstanceId, 'attempt' | 'host'>): Promise<HostEnded> {
    const key = keyOf(id)
    const known = this.#ends.get(key) ?? Promise.withResolvers<HostEnded>()
    this.#ends.set(key, known)
    return known.promise
  }

  tell(kind: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#parts.append({ kind, time: this.#parts.now(), data })
  }

  #injectionsOf<Kind extends Injection['kind']>(kind: Kind): readonly InjectionOf<Kind>[] {
    return this.plan.injections.filter((injection): injection is InjectionOf<Kind> => injection.kind === kind)
  }

  #indexOf(injection: Injection): number {
    return this.plan.injections.indexOf(injection)
  }

  #note({ index, attempt, visit, time }: Made): void {
    const made = { index, attempt, visit, time }
    this.#made.push(made)
    this.#settle(made)
  }

  #settle({ index, attempt, time }: Made): void {
    const injection = this.plan.injections[index]
    if (injection?.kind !== 'timed' || injection.action.kind !== 'end') return
    const { host, end } = injection.action
    // It ends once.
    if (this.#ended.has(keyOf({ attempt, host }))) return
    const ended = { end, time }
    this.#ended.set(keyOf({ attempt, host }), ended)
    void this.ended({ attempt, host })
    this.#ends.get(keyOf({ attempt, host }))?.resolve(ended)
  }
}

function keyOf({ attempt, host }: Pick<InstanceId, 'attempt' | 'host'>): string {
  return `${attempt} ${host}`
}

/** Starting and Pending are one stage; what a job does once it has its place is another visit of it. */
function visitOf({ transitions, secondaryStatus, attempt, placement }: JobState): Visit {
  const stage = stageOfStatus(secondaryStatus)
  const began = startOf(transitions)
  const placed = placement !== undefined
  return { stage, since: stage === 'start' && placed ? Math.max(placement.since, began) : began, attempt, placed }
}

function startOf(transitions: readonly Transition[]): number {
  let first = transitions.at(-1)
  if (first === undefined) return 0
  for (const transition of transitions.toReversed()) {
    if (stageOfStatus(transition.status) !== stageOfStatus(first.status)) break
    first = transition
  }
  return first.startTime
}
