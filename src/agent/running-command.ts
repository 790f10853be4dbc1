import { rmSync, watch, type FSWatcher } from 'node:fs'
import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import { InstanceError, type InstanceEnd } from '../runtime/runtime.ts'
import { leaveGroup } from './begin-start.ts'
import { groupMembers, killGroup } from './cgroup/instance-group.ts'
import { commandEnd, type StartRecord } from './command-end.ts'
import { readRecord, writeRecord, type InstanceFolder } from './instance-folder.ts'
import { LogFile } from './log-file.ts'
import { readLogTail } from './log-tail.ts'
import type { LaunchOrder } from './messages.ts'
import { bootId, handlesTermination, isAlive, signalProcess, withDescendants, type ProcessIdentity } from './proc.ts'
import { firstProcess, isWaiterAlive, readStatus, type CommandStatus } from './status-file.ts'
import { sweepProcesses } from './sweep.ts'
import { UsageMeter } from './usage-meter.ts'

/** Folders announce changes; this is the net below, for what a watch misses and for waiters that were killed. */
const SWEEP_MS = 1000
/** A start that made its claim says who it is within moments, or never. */
const CLAIM_MS = 5000
const SEAL_TRIES = 5
const HANDLER_LOOK_MS = 50

export interface CommandContext {
  readonly place: InstanceFolder
  readonly order: LaunchOrder
  readonly clock: JobClock
  readonly log: Logger
}

/** How an instance ended, as its folder keeps it. */
export interface EndRecord {
  readonly end: InstanceEnd
  /** Why the command never ran, if it did not. */
  readonly notStarted?: string
}

/**
 * A command that this agent or an earlier one has started: followed through the files that its waiter writes, which is why it makes no difference who
 * started it. The log is followed as long, and sealed before anyone is told of the end.
 */
export class RunningCommand {
  readonly #context: CommandContext
  readonly #log: LogFile
  readonly #watcher: FSWatcher | undefined
  readonly #stopping = new AbortController()
  readonly #started = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<InstanceEnd>()
  readonly #gone = Promise.withResolvers<void>()
  readonly #since: number
  #first: ProcessIdentity | undefined
  #meter: UsageMeter | undefined
  #launcherGone = false
  #finishing = false

  constructor(context: CommandContext) {
    this.#context = context
    const { place, order, clock } = context
    this.#since = clock.monotonic()
    this.#log = LogFile.open({ file: order.spec.logFile, maxBytes: order.spec.logMaxBytes, clock })
    this.#watcher = this.#watch(place.folder)
    // Who asks for them may come later, or never.
    this.#started.promise.catch(() => undefined)
    this.#ended.promise.catch(() => undefined)
    void this.#sweep()
    this.look()
  }

  /** Resolves once the command is about to run. @throws InstanceError when its box could not be made */
  get started(): Promise<void> {
    return this.#started.promise
  }

  get ended(): Promise<InstanceEnd> {
    return this.#ended.promise
  }

  /** Resolves once it has ended, or that could not be recorded, and its control groups are no more. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  /** What `launch.sh` became has ended: whatever it had to say is written. */
  launcherExited(): void {
    this.#launcherGone = true
    this.look()
  }

  /**
   * Process 1 and, if asked for, everything below it. Never the waiter. A process 1 that is asked before it has a handler does not notice, as on AWS; of
   * `all` it is told again once it has one, so that a job stopped in its first moments need not sit out the whole grace.
   */
  terminate(to: 'all' | 'first'): void {
    const first = this.#findFirst()
    if (!first) return
    const heeded = handlesTermination(first)
    for (const process of to === 'all' ? this.#everything(first) : [first]) signalProcess(process, 'SIGTERM')
    if (to === 'all' && !heeded) void this.#tellAgain(first)
  }

  /** Ends process 1, and with it everything in its namespace; without one, the sweep at the end finds the rest. */
  kill(): void {
    const first = this.#findFirst()
    if (first) signalProcess(first, 'SIGKILL')
  }

  /** Lets go of the command without ending it. */
  close(): void {
    this.#rest()
    this.#meter?.close()
    this.#log.close()
  }

  /** Looks at the files and acts on what is new. */
  look(): void {
    if (this.#finishing) return
    const status = readStatus(this.#context.place)
    this.#first ??= firstProcess(status)
    if (status.started) this.#begun()
    if (status.exitCode !== undefined) return this.#finish(status)
    if (this.#waiterMayLive(status)) return
    // It may have written its last line between our two looks.
    this.#finish(readStatus(this.#context.place))
  }

  /** Its control groups know also those that have left their parents. */
  #everything(first: ProcessIdentity): readonly ProcessIdentity[] {
    const { place } = this.#context
    const { waiter } = readStatus(place)
    const { group } = readRecord<StartRecord>(place.started) ?? {}
    const members = group ? groupMembers(group).filter(({ pid }) => pid !== waiter?.pid) : []
    const found = new Map([...withDescendants(first), ...members].map((process) => [process.pid, process]))
    return [...found.values()]
  }

  async #tellAgain(first: ProcessIdentity): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted && !handlesTermination(first)) {
      await this.#context.clock.sleep(HANDLER_LOOK_MS, { signal }).catch(() => undefined)
    }
    if (!signal.aborted) signalProcess(first, 'SIGTERM')
  }

  #begun(): void {
    const { place, order, clock } = this.#context
    const first = () => this.#findFirst()
    this.#meter ??= new UsageMeter({ logFile: order.spec.logFile, folder: place.ml, clock, first })
    this.#started.resolve()
  }

  #waiterMayLive(status: CommandStatus): boolean {
    if (status.waiter) return isWaiterAlive(status)
    return !this.#launcherGone && this.#context.clock.monotonic() - this.#since < CLAIM_MS
  }

  #findFirst(): ProcessIdentity | undefined {
    this.#first ??= firstProcess(readStatus(this.#context.place))
    return this.#first
  }

  #finish(status: CommandStatus): void {
    this.#finishing = true
    this.#rest()
    void this.#conclude(status)
      .catch((error: unknown) => this.#notConcluded(error))
      .finally(() => this.#gone.resolve())
  }

  #notConcluded(error: unknown): void {
    const { log, place } = this.#context
    log.error({ err: error, instance: place.id }, 'the end of a command could not be recorded')
    const failure = new InstanceError('platform', `The end of the command could not be recorded: ${String(error)}`)
    this.#started.reject(failure)
    this.#ended.reject(failure)
  }

  async #conclude(status: CommandStatus): Promise<void> {
    const { place, order } = this.#context
    await this.#endEverything(status)
    const notStarted = status.started ? undefined : await this.#whyNotStarted(status)
    const end = commandEnd(place, status, notStarted)
    rmSync(place.reserve, { force: true })
    this.#meter?.finish()
    await this.#seal()
    writeRecord(place.end, { end, ...(notStarted === undefined ? {} : { notStarted }) } satisfies EndRecord)
    if (notStarted === undefined) this.#started.resolve()
    else this.#started.reject(new InstanceError('platform', notStarted))
    this.#ended.resolve(end)
    this.#context.log.info({ instance: place.id, end, isolation: order.plan.isolation }, 'command ended')
    // What its counters told is kept by now, and nobody need wait for it.
    await leaveGroup({ ...this.#context, place, order })
  }

  /** Nothing of the instance may outlive its end: a waiter that was killed leaves the job behind, a job without namespaces its children. */
  async #endEverything(status: CommandStatus): Promise<void> {
    const { place, order, clock } = this.#context
    const { isolation, jobUser } = order.plan
    if (status.waiter && status.waiter.bootId !== bootId()) return
    const bare = isolation === 'link' || isolation === 'base-dir'
    const { group } = readRecord<StartRecord>(place.started) ?? {}
    if (group && !killGroup(group))
      this.#context.log.warn({ instance: place.id }, 'a process of the job is slow to end')
    if (status.exitCode !== undefined && !bare) return
    const first = this.#first
    if (first) signalProcess(first, 'SIGKILL')
    while (first && isAlive(first)) await clock.sleep(10)
    const clean = await sweepProcesses(place.id, jobUser)
    if (!clean) this.#context.log.error({ instance: place.id }, 'processes of the job could not be ended')
  }

  async #whyNotStarted(status: CommandStatus): Promise<string> {
    if (status.waiter && status.waiter.bootId !== bootId()) return 'The machine was restarted before the command ran.'
    const tail = await readLogTail(this.#context.order.spec.logFile)
    return `The instance's sandbox could not be made: ${tail === '' ? 'no reason was given.' : tail}`
  }

  async #seal(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#log.seal()
      } catch (error) {
        if (tries === SEAL_TRIES) throw error
        await this.#context.clock.sleep(SWEEP_MS)
      }
    }
  }

  #watch(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, () => this.look())
      watcher.on('error', () => watcher.close())
      return watcher
    } catch {
      // The machine has no watch left to give: the sweep does it alone.
      return undefined
    }
  }

  async #sweep(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#context.clock.sleep(SWEEP_MS, { signal }).catch(() => undefined)
      if (!signal.aborted) this.look()
    }
  }

  #rest(): void {
    this.#stopping.abort()
    this.#watcher?.close()
  }
}

/** @returns undefined while it has not ended */
export function readEnd(place: InstanceFolder): EndRecord | undefined {
  return readRecord<EndRecord>(place.end)
}
