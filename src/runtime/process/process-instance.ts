import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeManifest } from '../../agent/channels/manifest.ts'
import { instanceFolder, type InstanceFolder } from '../../agent/instance-folder.ts'
import { readStatus } from '../../agent/status-file.ts'
import { diskError } from '../../agent/workspace.ts'
import type { ChannelData, Instance, InstanceEnd, InstanceId } from '../runtime.ts'
import type { AgentClient } from './agent-client.ts'

interface Waiting {
  readonly signal?: AbortSignal
}

/** An instance on this machine, by name: everything that is known of it lies in its folder, everything that is done to it the agent does. */
export class ProcessInstance implements Instance {
  readonly id: InstanceId
  readonly #agent: AgentClient
  readonly #place: InstanceFolder

  constructor(id: InstanceId, dataFolder: string, agent: AgentClient) {
    this.id = id
    this.#agent = agent
    this.#place = instanceFolder(dataFolder, id)
  }

  async download(channels: readonly ChannelData[], { signal }: Waiting): Promise<void> {
    if (existsSync(this.#place.downloaded)) return
    const manifest = join(this.#place.folder, `channels-${randomUUID()}.ndjson`)
    const summaries = await writeManifest(manifest, channels, signal).catch((error: unknown) => {
      throw diskError(error, this.#place.folder)
    })
    await this.#agent.call('download', { instance: this.id, channels: summaries, manifest }, signal)
  }

  async start({ signal }: Waiting): Promise<void> {
    await this.#agent.call('start', { instance: this.id }, signal)
  }

  wait({ signal }: Waiting): Promise<InstanceEnd> {
    return this.#agent.call('wait', { instance: this.id }, signal)
  }

  /** The waiter writes the exit code as its last act. */
  async endedAt(): Promise<number | undefined> {
    if (readStatus(this.#place).exitCode === undefined) return undefined
    return (await stat(this.#place.status)).mtimeMs
  }

  async stop({
    graceMs,
    to,
    signal,
  }: { readonly graceMs: number; readonly to: 'all' | 'first' } & Waiting): Promise<void> {
    await this.#agent.call('stop', { instance: this.id, graceMs, to }, signal)
  }

  async destroy({ keep = false }: { readonly keep?: boolean } = {}): Promise<void> {
    // Asking about nothing must not start an agent.
    if (existsSync(this.#place.folder)) await this.#agent.call('destroy', { instance: this.id, keep })
  }
}
