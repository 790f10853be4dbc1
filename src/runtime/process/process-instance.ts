import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { downloadedOf } from '../../agent/channels/download-record.ts'
import { writeManifest } from '../../agent/channels/manifest.ts'
import { readStatus } from '../../agent/status-file.ts'
import { instanceFolder, readRecord, type InstanceFolder } from '../../agent/instance-folder.ts'
import { diskError } from '../../agent/workspace.ts'
import type { ChannelData, Downloaded, Instance, InstanceEnd, InstanceId, Leave } from '../runtime.ts'
import type { LaunchOrder } from '../../agent/messages.ts'
import { bridgeOf } from '../../agent/network/box-network.ts'
import type { JobSockets } from './job-sockets.ts'
import type { AgentClient } from './agent-client.ts'

export interface ProcessInstanceParts {
  readonly dataFolder: string
  readonly agent: AgentClient
  readonly sockets: JobSockets
}

interface Waiting {
  readonly signal?: AbortSignal
}

const NOTHING: Downloaded = { takenOver: [] }
/** A file has the time of the kernel's last tick before it was written; HZ is 100 at least. */
const TICK_MS = 10

/** An instance on this machine, by name: everything that is known of it lies in its folder, everything that is done to it the agent does. */
export class ProcessInstance implements Instance {
  readonly id: InstanceId
  readonly #agent: AgentClient
  readonly #place: InstanceFolder
  readonly #sockets: JobSockets
  #end: InstanceEnd | undefined

  constructor(id: InstanceId, { dataFolder, agent, sockets }: ProcessInstanceParts) {
    this.#sockets = sockets
    this.id = id
    this.#agent = agent
    this.#place = instanceFolder(dataFolder, id)
  }

  async download(channels: readonly ChannelData[], { signal }: Waiting): Promise<Downloaded> {
    const done = downloadedOf(this.#place)
    if (done) return done
    if (channels.length === 0) return NOTHING
    const manifest = join(this.#place.folder, `channels-${randomUUID()}.ndjson`)
    const summaries = await writeManifest(manifest, channels, signal).catch((error: unknown) => {
      throw diskError(error, this.#place.folder)
    })
    try {
      return await this.#agent.call('download', { instance: this.id, channels: summaries, manifest }, signal)
    } catch (error) {
      // The agent keeps it for as long as somebody may ask again.
      await rm(manifest, { force: true })
      throw error
    }
  }

  /** What runs is an environment of this machine. */
  pull(): Promise<void> {
    return Promise.resolve()
  }

  async start({ signal }: Waiting): Promise<void> {
    await this.#enter(signal)
    await this.#agent.call('start', { instance: this.id }, signal)
  }

  async wait({ signal }: Waiting): Promise<InstanceEnd> {
    signal?.throwIfAborted()
    // An end is final, so it is asked for once.
    this.#end ??= await this.#agent.call('wait', { instance: this.id }, signal)
    return this.#end
  }

  /** The waiter writes the exit code as its last act. @returns the latest that it may have been: never before the clock's time of whatever ended the command */
  async endedAt(): Promise<number | undefined> {
    if (readStatus(this.#place).exitCode === undefined) return undefined
    return (await stat(this.#place.status)).mtimeMs + TICK_MS
  }

  async stop({
    graceMs,
    to,
    signal,
  }: { readonly graceMs: number; readonly to: 'all' | 'first' } & Waiting): Promise<void> {
    await this.#agent.call('stop', { instance: this.id, graceMs, to }, signal)
  }

  /** Makes this server answer in the job's network, where it has one that is not isolated. Those of running jobs are entered when the server starts. */
  async #enter(signal: AbortSignal | undefined): Promise<void> {
    if (existsSync(this.#place.claim)) return
    const order = readRecord<LaunchOrder>(this.#place.order)
    if (order?.spec.network !== 'job') return
    const { holder } = await this.#agent.call('network', { instance: this.id }, signal)
    await this.#sockets.reach(this.id, holder, bridgeOf(order))
  }

  async destroy({ keep = false, inputs = false }: Leave = {}): Promise<void> {
    // Asking about nothing must not start an agent.
    if (existsSync(this.#place.folder)) await this.#agent.call('destroy', { instance: this.id, keep, inputs })
    await this.#sockets.release(this.id)
  }
}
