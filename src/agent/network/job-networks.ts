import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type { InstanceId } from '../../runtime/runtime.ts'
import { instanceFolder, NETWORK_FOLDER } from '../instance-folder.ts'
import type { LaunchOrder } from '../messages.ts'
import { readEnd } from '../running-command.ts'
import type { Keeper } from '../status-file.ts'
import { Turns } from '../turns.ts'
import { JobNetwork, type NetworkContext } from './job-network.ts'
import { networkFolder } from './network-folder.ts'

export interface NetworksContext extends NetworkContext {
  /** Absolute. */
  readonly dataFolder: string
}

interface Entry {
  readonly network: JobNetwork
  readonly turns: Turns
}

/** The networks of jobs, one for each attempt that has its own. It is made for the first instance and goes with the last. */
export class JobNetworks {
  readonly #context: NetworksContext
  readonly #known = new Map<string, Entry>()

  constructor(context: NetworksContext) {
    this.#context = context
  }

  /** Begins to make the network of this order's job, if it has its own; what comes of it `join` says. */
  begin(order: LaunchOrder): void {
    if (hasOwnNetwork(order)) void this.join(order).catch(() => undefined)
  }

  /** Makes the network, or waits for it. @returns its holder @throws InstanceError */
  async join(order: LaunchOrder): Promise<Keeper> {
    const { network, turns } = this.#entry(order.spec.id)
    // Only the beginning takes a turn: whoever ends the network must not wait until it is made.
    const { made } = await turns.run(async () => ({ made: network.make(networkOrder(order)) }))
    return made
  }

  /**
   * An instance is being removed: ends the network if it was the last one that needs it.
   *
   * @param remove removes the instance; until then nobody else decides whether the network is needed
   */
  async leave(id: InstanceId, remove: () => Promise<void>): Promise<void> {
    const { network, turns } = this.#entry(id)
    await turns.run(async () => {
      if (!this.#needed(id)) {
        await network.end()
        this.#known.delete(keyOf(id))
      }
      await remove()
    })
  }

  /** Whether another instance of the attempt has been launched and has not ended. */
  #needed(id: InstanceId): boolean {
    const attempt = dirname(instanceFolder(this.#context.dataFolder, id).folder)
    if (!existsSync(attempt)) return false
    const others = readdirSync(attempt).filter((name) => name !== id.host && name !== NETWORK_FOLDER)
    return others.some((host) => {
      const place = instanceFolder(this.#context.dataFolder, { ...id, host })
      return existsSync(place.order) && !readEnd(place)
    })
  }

  #entry(id: InstanceId): Entry {
    const key = keyOf(id)
    const known = this.#known.get(key)
    if (known) return known
    const place = networkFolder(realpathSync(this.#context.dataFolder), id)
    const entry = { network: new JobNetwork(this.#context, place), turns: new Turns() }
    this.#known.set(key, entry)
    return entry
  }
}

/** Orders of the first version say nothing of networks: they have the machine's. */
export function hasOwnNetwork({ spec }: LaunchOrder): boolean {
  return spec.network === 'job' || spec.network === 'isolated'
}

function networkOrder({ spec, plan }: LaunchOrder) {
  const { subnet = '', open = false } = plan.network ?? {}
  return { subnet, hosts: spec.hosts.length, open: open && spec.network === 'job' }
}

function keyOf({ jobId, attempt }: InstanceId): string {
  return `${jobId}/${attempt}`
}
