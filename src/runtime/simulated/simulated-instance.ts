import type { JobClock } from '../../clock/clock.ts'
import type { JobState, Transition } from '../../lifecycle/job.ts'
import { MESSAGES } from '../../lifecycle/messages.ts'
import type { SecondaryStatus } from '../../lifecycle/status.ts'
import { abortable } from '../../util/abortable.ts'
import {
  InstanceError,
  type ChannelData,
  type Downloaded,
  type Instance,
  type InstanceEnd,
  type InstanceId,
  type InstanceSpec,
  type Leave,
  type PullOptions,
} from '../runtime.ts'
import { simulatedLines } from './simulated-lines.ts'
import { SimulatedLog } from './simulated-log.ts'
import type { FailingStep, SimulatedStages, Simulation } from './simulation.ts'

/** What is known of an instance: from its launch, or in a later life of the server from its job's record. */
export interface Known {
  readonly simulation: Simulation
  /** When this life of the server first met the instance; undefined where nothing is recorded of its job. */
  readonly state?: JobState
  readonly logFile?: string
  readonly logMaxBytes: number
}

interface Parts {
  readonly clock: JobClock
  /** @param spec undefined for an instance of an earlier life @throws InstanceError */
  know(spec: InstanceSpec | undefined): Promise<Known>
  /** Called when nothing of the instance is left. */
  gone(): void
}

interface Waiting {
  readonly signal?: AbortSignal
}

/** The statuses in which a stage is under way. */
const STATUSES: Readonly<Record<keyof SimulatedStages, readonly SecondaryStatus[]>> = {
  launch: ['Starting', 'Pending'],
  download: ['Downloading'],
  pull: ['Downloading'],
  run: ['Training', 'Stopping', 'Interrupted'],
  collect: ['Uploading'],
}
/** What says whether the attempt's command is running: it has begun, it is over, or the attempt has begun or been given up. */
const TURNS: readonly SecondaryStatus[] = ['Training', 'Uploading', 'Starting', 'Interrupted', 'Restarting']

/**
 * One instance that does nothing but take its time. Each stage is played once, whoever asks for it how often; one that was under way when an earlier life of the
 * server ended goes on from the times of the record, so that the job's history is the same as without that end.
 */
export class SimulatedInstance implements Instance {
  readonly id: InstanceId
  readonly #parts: Parts
  #known: Promise<Known> | undefined
  /** When each stage that has begun will be over, on the monotonic clock. */
  readonly #due = new Map<keyof SimulatedStages, number>()
  /** Aborted by a stop; its reason is how the command then ends. */
  readonly #stopped = new AbortController()
  #begun: Promise<{ readonly end: Promise<InstanceEnd> }> | undefined
  #endedAt: number | undefined
  #isStopping = false

  constructor(id: InstanceId, parts: Parts) {
    this.id = id
    this.#parts = parts
  }

  async launch(spec: InstanceSpec, { signal }: Waiting): Promise<void> {
    this.#known ??= this.#parts.know(spec)
    const known = await this.#known
    const { state } = known
    // Asked for again by a later stage of the job.
    if (state && !STATUSES.launch.includes(state.secondaryStatus)) return
    // Instances of a warm pool are up already (behaviour 8.2).
    if (spec.warm) refuse(known, 'launch')
    else await this.#play('launch', signal)
  }

  async download(_channels: readonly ChannelData[], { signal }: Waiting): Promise<Downloaded> {
    await this.#play('download', signal)
    return { takenOver: [] }
  }

  async pull({ signal, fetching }: PullOptions): Promise<void> {
    const { simulation } = await this.#knowledge()
    if (simulation.stages.pull === 0 && !simulation.faults.pull) return
    await fetching()
    await this.#play('pull', signal)
  }

  async start(): Promise<void> {
    refuse(await this.#knowledge(), 'start')
    this.#begun ??= this.#begin()
    await this.#begun
  }

  async wait({ signal }: Waiting): Promise<InstanceEnd> {
    // One of an earlier life goes on.
    if (!this.#begun && hasRun((await this.#knowledge()).state)) this.#begun ??= this.#begin()
    if (!this.#begun) return { kind: 'lost', detail: 'The instance was never started' }
    const { end } = await this.#begun
    return signal ? abortable(end, signal) : end
  }

  endedAt(): Promise<number | undefined> {
    return Promise.resolve(this.#endedAt)
  }

  async stop({ graceMs, signal }: { readonly graceMs: number } & Waiting): Promise<void> {
    const known = await this.#knowledge()
    this.#begun ??= hasRun(known.state) ? this.#begin() : Promise.resolve({ end: Promise.resolve(TERMINATED) })
    const { end } = await this.#begun
    if (!this.#isStopping || graceMs === 0) void this.#endWithin(graceMs, known, end)
    this.#isStopping = true
    await (signal ? abortable(end, signal) : end)
  }

  /** Takes the time of packing. @returns what the instance leaves behind */
  async collect({ signal }: Waiting): Promise<Simulation['artifacts']> {
    await this.#play('collect', signal)
    return (await this.#knowledge()).simulation.artifacts
  }

  destroy({ keep = false, inputs = false }: Leave = {}): Promise<void> {
    if (!keep && !inputs) this.#parts.gone()
    return Promise.resolve()
  }

  #knowledge(): Promise<Known> {
    this.#known ??= this.#parts.know(undefined)
    return this.#known
  }

  async #play(stage: 'launch' | 'download' | 'pull' | 'collect', signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#parts
    const known = await this.#knowledge()
    const due = this.#due.get(stage) ?? this.#monotonicOf(this.#beginOf(stage, known)) + known.simulation.stages[stage]
    this.#due.set(stage, due)
    await clock.sleep(due - clock.monotonic(), signal ? { signal } : {})
    refuse(known, stage)
  }

  /** When a stage began, epoch milliseconds: now, or what the record says of one that was under way. */
  #beginOf(stage: keyof SimulatedStages, { state }: Known): number {
    const now = this.#parts.clock.now()
    if (!state || !STATUSES[stage].includes(state.secondaryStatus)) return now
    if (stage === 'launch') return launchedAt(state)
    if (stage === 'pull')
      return state.transitions.at(-1)?.message === MESSAGES.downloadingImage ? state.lastModifiedTime : now
    return lastOf(state, stage === 'run' ? 'Training' : state.secondaryStatus)?.startTime ?? now
  }

  #monotonicOf(epoch: number): number {
    const { clock } = this.#parts
    return clock.monotonic() - (clock.now() - epoch)
  }

  async #begin(): Promise<{ readonly end: Promise<InstanceEnd> }> {
    const known = await this.#knowledge()
    return { end: this.#run(known) }
  }

  async #run(known: Known): Promise<InstanceEnd> {
    const { clock } = this.#parts
    const { simulation, state } = known
    const startedAt = this.#beginOf('run', known)
    const trainedBefore = savedBefore(known, startedAt)
    const endsAfter = simulation.endsAt ?? Math.max(0, simulation.stages.run - trainedBefore)
    const log = new SimulatedLog(known.logFile, known.logMaxBytes, clock)
    const isSilent = simulation.lines.length === 0
    const isResumed = state !== undefined && STATUSES.run.includes(state.secondaryStatus)
    let written = log.open(isResumed)
    const began = this.#monotonicOf(startedAt)
    // What is past has been, whoever ends the command now.
    const until = (after: number) => {
      const left = began + after - clock.monotonic()
      return left > 0 ? clock.sleep(left, { signal: this.#stopped.signal }) : undefined
    }
    if (isSilent && written-- <= 0) log.line('simulated training begins')
    try {
      for (const { after, text } of simulatedLines(simulation, this.id, { trainedBefore, endsAfter })) {
        if (written-- > 0) continue
        const coming = until(after)
        if (coming) await coming
        log.line(text)
      }
      const ending = until(endsAfter)
      if (ending) await ending
    } catch (stopped) {
      if (isSilent) log.line('simulated training was stopped')
      log.seal()
      this.#endedAt = clock.now()
      return stopped as InstanceEnd
    }
    if (isSilent) log.line('simulated training ends')
    log.seal()
    if (simulation.end.kind !== 'lost') this.#endedAt = Math.min(clock.now(), startedAt + endsAfter)
    return endOf(simulation)
  }

  /** SIGTERM, and SIGKILL once the grace is over. */
  async #endWithin(graceMs: number, { simulation, state }: Known, end: Promise<InstanceEnd>): Promise<void> {
    if (graceMs === 0) return this.#stopped.abort(KILLED)
    if (!simulation.ignoresTerm) return this.#stopped.abort(TERMINATED)
    const { clock } = this.#parts
    const since = terminatedAt(state) ?? clock.now()
    const left = this.#monotonicOf(since) + graceMs - clock.monotonic()
    using _timer = clock.timer(Math.max(0, left), () => this.#stopped.abort(KILLED))
    await end
  }
}

/** When the record says that instances were last begun to be launched: its other changes do not begin it anew. */
function launchedAt({ placement, transitions, creationTime }: JobState): number {
  const { since = creationTime, relaunchedAt = since } = placement ?? {}
  return Math.max(since, relaunchedAt, transitions.at(-1)?.startTime ?? creationTime)
}

/** When the record says that an earlier life of the server sent SIGTERM: undefined where it did not. */
function terminatedAt(state: JobState | undefined): number | undefined {
  if (state?.outcome?.decidedAt !== undefined) return state.outcome.decidedAt
  const isGoingOn = state?.secondaryStatus === 'Stopping' || state?.secondaryStatus === 'Interrupted'
  return isGoingOn ? state.transitions.at(-1)?.startTime : undefined
}

/** 128 + SIGTERM. */
const TERMINATED: InstanceEnd = { kind: 'signalled', code: 143 }
/** 128 + SIGKILL. */
const KILLED: InstanceEnd = { kind: 'signalled', code: 137 }

function endOf({ end, failure }: Simulation): InstanceEnd {
  return end.kind === 'lost' || failure === undefined ? end : { ...end, failure }
}

/** @throws InstanceError where the script has the step fail */
function refuse({ simulation }: Known, step: FailingStep): void {
  const fault = simulation.faults[step]
  if (fault) throw new InstanceError(fault.fault, fault.message)
}

/** Whether the record says that the command of the attempt was started, and not that it is over. */
function hasRun(state: JobState | undefined): boolean {
  if (!state || !STATUSES.run.includes(state.secondaryStatus)) return false
  const turns = state.transitions.filter(({ status }, at) => TURNS.includes(status) && !isLastInterruption(state, at))
  return turns.at(-1)?.status === 'Training'
}

/** The interruption that is going on belongs to the attempt that it ends. */
function isLastInterruption({ transitions }: JobState, at: number): boolean {
  return at === transitions.length - 1 && transitions[at]?.status === 'Interrupted'
}

function lastOf({ transitions }: JobState, status: SecondaryStatus): Transition | undefined {
  return transitions.findLast((transition) => transition.status === status)
}

/** Milliseconds of work of earlier attempts up to the last checkpoint of each. */
function savedBefore({ simulation: { checkpointEvery }, state }: Known, startedAt: number): number {
  if (checkpointEvery === undefined || !state) return 0
  let saved = 0
  for (const { status, startTime, endTime } of state.transitions) {
    if (status !== 'Training' || endTime === undefined || startTime >= startedAt) continue
    saved = Math.floor((saved + endTime - startTime) / checkpointEvery) * checkpointEvery
  }
  return saved
}
