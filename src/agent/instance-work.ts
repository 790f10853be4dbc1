import { existsSync } from 'node:fs'
import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import { InstanceError, type Downloaded, type InstanceEnd, type InstanceId, type Leave } from '../runtime/runtime.ts'
import { abortable } from '../util/abortable.ts'
import { collectArtifacts } from './artifacts.ts'
import { quickenEntry } from './cgroup/quicken-entry.ts'
import { claim, CLAIMED } from './claim.ts'
import { beginStart, leaveGroup, makeGroups } from './begin-start.ts'
import { overlaysOf } from './channels/download-record.ts'
import { downloadChannels, type Download } from './channels/file-mode.ts'
import { leftInputs } from './channels/take-over.ts'
import type { StopRecord } from './command-end.ts'
import { checkHealth } from './health.ts'
import { instanceFolder, readRecord, writeRecord, type InstanceFolder } from './instance-folder.ts'
import { instanceTree } from './instance-tree.ts'
import type { Collected, LaunchOrder } from './messages.ts'
import { boxNetwork, type BoxNetwork } from './network/box-network.ts'
import { hasOwnNetwork, type JobNetworks } from './network/job-networks.ts'
import { removeInstance, removePart } from './remove-instance.ts'
import { readEnd, RunningCommand, type EndRecord } from './running-command.ts'
import { releaseLink, takeLink } from './sandbox/opt-ml-link.ts'
import type { Scripts } from './sandbox/scripts.ts'
import { startCommand } from './start-command.ts'
import { Turns } from './turns.ts'
import { diskError, layOutWorkspace, makeWorkspaces } from './workspace.ts'

export interface AgentContext {
  /** Absolute. */
  readonly dataFolder: string
  readonly clock: JobClock
  readonly log: Logger
  readonly scripts: Scripts
  readonly networks: JobNetworks
  /** Called when the agent shall end, whatever runs. */
  end(): void
  /** Called when there may be nothing left to do. */
  changed(): void
}

/** How far an instance's command has come. */
type Progress =
  | { readonly kind: 'not-started' }
  | { readonly kind: 'running'; readonly command: RunningCommand }
  | { readonly kind: 'ended'; readonly record: EndRecord }

interface Parts {
  readonly place: InstanceFolder
  readonly order: LaunchOrder
}

const KILL_AGAIN_MS = 50
const CALLED_OFF = 'The command was called off before it ran.'

/** Does everything that is done to one instance. What it has done lies in the instance's folder, so another agent's work on it goes on here. */
export class InstanceWork {
  readonly #context: AgentContext
  readonly #id: InstanceId
  readonly #turns = new Turns()
  #command: RunningCommand | undefined
  #stop: Promise<StopRecord> | undefined

  constructor(context: AgentContext, id: InstanceId) {
    this.#context = context
    this.#id = id
  }

  /** The command that runs now, if any: what keeps an agent alive. */
  get running(): boolean {
    return this.#command !== undefined
  }

  launch(asked: LaunchOrder, signal: AbortSignal): Promise<void> {
    return this.#turns.run(async () => {
      // What was begun in one way is finished in that way, also by a server that would do it otherwise by now.
      const order = this.#order() ?? asked
      const place = this.#place(order)
      if (existsSync(place.launched)) return
      writeRecord(place.order, order)
      if (order.plan.limits) {
        // In this order: while an entry waits the kernel makes no groups.
        makeGroups({ ...this.#context, place, order })
        void quickenEntry()
      }
      // It is made while the data comes.
      this.#context.networks.begin(order)
      if (order.plan.workspaces !== undefined) makeWorkspaces(order.plan.workspaces)
      layOutWorkspace(place, order)
      if (order.plan.link !== undefined) await takeLink(order.plan.link, place, { ...this.#context, signal })
      checkHealth(place, order)
      writeRecord(place.launched, { at: this.#context.clock.now() })
    })
  }

  download(list: Pick<Download, 'channels' | 'manifest'>, signal: AbortSignal): Promise<Downloaded> {
    return this.#turns.run(() => {
      const parts = this.#parts()
      const { warm } = parts.order.spec
      const left = warm && leftInputs(instanceFolder(this.#context.dataFolder, warm))
      return downloadChannels({ ...parts, ...list, ...(left ? { left } : {}), signal })
    })
  }

  start(): Promise<void> {
    return this.#turns.run(async () => {
      const progress = this.#progress()
      if (progress.kind === 'running') return progress.command.started
      if (progress.kind === 'not-started') return this.#start()
      const { notStarted } = progress.record
      if (notStarted !== undefined) throw new InstanceError('platform', notStarted)
    })
  }

  /** @returns the pid of the network's holder */
  async network(): Promise<{ readonly holder: number }> {
    const { pid } = await this.#context.networks.join(this.#parts().order)
    return { holder: pid }
  }

  async wait(signal: AbortSignal): Promise<InstanceEnd> {
    const progress = await abortable(
      this.#turns.run(async () => this.#progress()),
      signal,
    )
    if (progress.kind === 'ended') return progress.record.end
    if (progress.kind === 'running') return abortable(progress.command.ended, signal)
    return { kind: 'lost', detail: 'The command was never started.' }
  }

  async stop(graceMs: number, to: 'all' | 'first', signal: AbortSignal): Promise<void> {
    // Whoever asked may stop waiting; what has begun goes on.
    const begun = this.#turns.run(async () => {
      const command = await this.#commandToStop()
      if (command) this.#endInTime(command, graceMs, to)
      return command
    })
    const command = await abortable(begun, signal)
    if (command) await abortable(command.ended, signal)
  }

  /** @param all the works of all instances whose output is packed together, this one's the first */
  collect(all: readonly InstanceWork[], signal: AbortSignal): Promise<Collected> {
    return this.#turns.run(() => {
      const trees = all.map((work) => instanceTree(work.#parts().place))
      return collectArtifacts(this.#parts().place, trees, signal)
    })
  }

  destroy({ keep, inputs }: Required<Leave>): Promise<void> {
    return this.#turns.run(async () => {
      const order = this.#order()
      const place = this.#place(order)
      if (!existsSync(place.folder)) return
      if (order) {
        await this.#endNow(await this.#commandToStop())
        await leaveGroup({ ...this.#context, place, order })
      }
      if (order?.plan.link !== undefined) releaseLink(order.plan.link, place)
      const remove = () => (keep || inputs ? removePart(place, { keep, inputs }) : removeInstance(place))
      await (order && hasOwnNetwork(order) ? this.#context.networks.leave(this.#id, remove) : remove())
    })
  }

  /** Goes on with a command that an earlier agent started. */
  adopt(): Promise<void> {
    return this.#turns.run(async () => void this.#progress())
  }

  /** Lets go of the command without ending it. */
  close(): void {
    this.#command?.close()
  }

  #order(): LaunchOrder | undefined {
    return readRecord<LaunchOrder>(this.#place(undefined).order)
  }

  #place(order: LaunchOrder | undefined): InstanceFolder {
    return instanceFolder(this.#context.dataFolder, this.#id, order?.plan.workspaces)
  }

  #parts(): Parts {
    const order = this.#order()
    if (!order)
      throw new InstanceError('platform', 'There is nothing of this instance: it was never launched, or is destroyed.')
    return { place: this.#place(order), order }
  }

  #progress(): Progress {
    if (this.#command) return { kind: 'running', command: this.#command }
    const { place } = this.#parts()
    const record = readEnd(place)
    if (record) return { kind: 'ended', record }
    return existsSync(place.claim) ? { kind: 'running', command: this.#follow() } : { kind: 'not-started' }
  }

  #follow(): RunningCommand {
    const command = new RunningCommand({ ...this.#context, ...this.#parts() })
    this.#command = command
    // From then on the folder tells.
    void command.gone.finally(() => {
      this.#command = undefined
      this.#context.changed()
    })
    return command
  }

  async #start(): Promise<void> {
    const parts = this.#parts()
    const { order } = parts
    const network = hasOwnNetwork(order)
      ? boxNetwork(order, this.#context.dataFolder, await this.#context.networks.join(order))
      : undefined
    const command = this.#spawn({ ...parts, ...(network ? { network } : {}) })
    await command.started
  }

  #spawn({ place, order, ...joined }: Parts & { readonly network?: BoxNetwork }): RunningCommand {
    try {
      const groups = beginStart({ ...this.#context, place, order })
      const child = startCommand({ ...this.#context, place, order, overlays: overlaysOf(place), groups, ...joined })
      const command = this.#follow()
      // Another start has made the claim: it says who it is within moments.
      child.once('exit', (code) => code !== CLAIMED && command.launcherExited())
      child.once('error', () => command.launcherExited())
      return command
    } catch (error) {
      throw diskError(error, place.folder)
    }
  }

  /** @returns the command that has to be ended; undefined where none runs, or ever will */
  async #commandToStop(): Promise<RunningCommand | undefined> {
    const progress = this.#progress()
    if (progress.kind === 'running') return progress.command
    if (progress.kind === 'ended') return undefined
    const { place } = this.#parts()
    // A start that an agent before us made may be on its way: the claim decides.
    if (!claim(place.claim)) return this.#follow()
    const record = { end: { kind: 'lost', detail: CALLED_OFF }, notStarted: CALLED_OFF } as const satisfies EndRecord
    writeRecord(place.end, record)
    return undefined
  }

  #endInTime(command: RunningCommand, graceMs: number, to: 'all' | 'first'): void {
    this.#endWithin(command, graceMs, to).catch((error: unknown) => {
      this.#context.log.error({ err: error, instance: this.#id }, 'a stop failed')
    })
  }

  /** SIGTERM once, SIGKILL when the shortest grace that was asked for is over; with no grace at once, and nobody is asked. */
  async #endWithin(command: RunningCommand, graceMs: number, to: 'all' | 'first'): Promise<void> {
    const { clock } = this.#context
    const deadline = clock.monotonic() + graceMs
    const ended = new AbortController()
    const over = () => ended.abort()
    command.ended.then(over, over)
    // A box that is never made must not outlast the grace either.
    const grace = clock.sleep(graceMs, { signal: ended.signal })
    await Promise.race([command.started, command.ended, grace]).catch(() => undefined)
    grace.catch(() => undefined)
    if (ended.signal.aborted) return
    if (graceMs === 0) return this.#endNow(command)
    this.#stop ??= this.#beginStop(command, graceMs, to)
    const begun = await this.#stop
    const left = Math.min(begun.at + begun.graceMs - clock.now(), deadline - clock.monotonic())
    await clock.sleep(Math.max(0, left), { signal: ended.signal }).catch(() => undefined)
    if (!ended.signal.aborted) await this.#endNow(command)
  }

  /** Its record is read first: an agent before us may have begun it. */
  async #beginStop(command: RunningCommand, graceMs: number, to: 'all' | 'first'): Promise<StopRecord> {
    const { place } = this.#parts()
    const begun = readRecord<StopRecord>(place.stop)
    if (begun) return begun
    const record = { at: this.#context.clock.now(), graceMs, killed: false } as const satisfies StopRecord
    writeRecord(place.stop, record)
    command.terminate(to)
    return record
  }

  async #endNow(command: RunningCommand | undefined): Promise<void> {
    if (!command) return
    const { clock } = this.#context
    let ended = false
    const over = () => (ended = true)
    const end = command.ended.then(over, over)
    writeRecord(this.#parts().place.stop, { at: clock.now(), graceMs: 0, killed: true } satisfies StopRecord)
    while (!ended) {
      command.kill()
      await Promise.race([end, clock.sleep(KILL_AGAIN_MS)])
    }
  }
}
