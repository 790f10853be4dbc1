import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { readdir } from 'node:fs/promises'
import type { Isolation, JobUser } from '../../agent/messages.ts'
import { boxNetwork } from '../../agent/network/box-network.ts'
import { JobNetwork, type NetworkContext } from '../../agent/network/job-network.ts'
import { networkFolder, type NetworkFolder } from '../../agent/network/network-folder.ts'
import { helperEnvironment } from '../../agent/environment.ts'
import { removeTree } from '../../agent/remove-tree.ts'
import type { Keeper } from '../../agent/status-file.ts'
import { loadScripts } from '../../agent/sandbox/scripts.ts'
import { RealClock } from '../../clock/real-clock.ts'
import { hostAddress, parseSubnet } from '../../util/subnet.ts'
import { probeInBox, probeOrder, PROBE_ID, type Probed } from './probe-isolation.ts'

/** What jobs can have of networks of their own here, each with what is missing. */
export interface NetworkReport {
  /** Several instances, and isolation. */
  readonly own: Probed
  /** Other machines, from such a network. */
  readonly open: Probed
}

export interface NetworkProbeRequest {
  /** Absolute, without links. */
  readonly dataFolder: string
  /** `10.0.2.0/24` */
  readonly subnet: string
  readonly jobUser?: JobUser
}

const TUN = '/dev/net/tun'
/** An instance sees its own two cards, its address and its peer's. */
const CARDS = 'test "$(echo $(ls /sys/class/net))" = "eth0 lo"'
/** If this server is killed while it probes, what it has begun ends by itself. */
const HOLD_SECONDS = 30

/** Tries a network of two instances, the same way that a job gets one. Begins at once; the boxes are tried when it is known which. Takes some 60 ms. */
export class NetworkProbe {
  readonly #request: NetworkProbeRequest
  readonly #home: string
  readonly #place: NetworkFolder
  readonly #context: NetworkContext = { clock: new RealClock(), scripts: loadScripts(), holdSeconds: HOLD_SECONDS }
  readonly #made: Promise<Made>

  constructor(request: NetworkProbeRequest) {
    this.#request = request
    this.#home = join(request.dataFolder, 'agent', `probe-network-${process.pid}`)
    this.#place = networkFolder(this.#home, PROBE_ID)
    this.#made = this.#make()
  }

  /** @param isolation of the boxes that are to stand in such networks */
  async report(isolation: Isolation): Promise<NetworkReport> {
    try {
      const made = await this.#made
      if (isolation !== 'bwrap' && isolation !== 'unshare') return all(`jobs have no namespaces (${isolation})`)
      if (!made.holder) return all(made.reason)
      const own = await this.#tryBox(isolation, made.holder)
      return { own, open: own.available ? made.open : own }
    } finally {
      await this.#remove()
    }
  }

  async #make(): Promise<Made> {
    const { subnet } = this.#request
    const missing = noUplink()
    const order = { subnet, hosts: 2 }
    try {
      await removeStale(this.#request.dataFolder)
      const first = await this.#attempt({ ...order, open: missing === undefined })
      if (first.holder || missing !== undefined) {
        return first.holder && missing !== undefined ? { ...first, open: unavailable(missing) } : first
      }
      const second = await this.#attempt({ ...order, open: false })
      return second.holder ? { ...second, open: unavailable(first.reason) } : second
    } catch (error) {
      return { reason: String(error) }
    }
  }

  async #attempt(order: Parameters<JobNetwork['make']>[0]): Promise<Made> {
    const network = new JobNetwork(this.#context, this.#place)
    try {
      return { holder: await network.make(order), open: { available: true } }
    } catch (error) {
      await network.end()
      return { reason: noProgram() ?? messageOf(error) }
    }
  }

  async #tryBox(isolation: 'bwrap' | 'unshare', holder: Keeper): Promise<Probed> {
    const { subnet, jobUser } = this.#request
    const peer = parseSubnet(subnet)
    const order = probeOrder(this.#home, {
      plan: { isolation, overlay: false, network: { subnet, open: false }, ...(jobUser ? { jobUser } : {}) },
      network: 'isolated',
      check: `${CARDS} && grep -q "^${peer ? hostAddress(peer, 2) : ''} algo-2$" /etc/hosts`,
    })
    return probeInBox({ home: this.#home, order, network: boxNetwork(order, this.#home, holder) }).catch(
      (error: unknown) => unavailable(messageOf(error)),
    )
  }

  async #remove(): Promise<void> {
    await new JobNetwork(this.#context, this.#place).end()
    await removeTree(this.#home)
  }
}

/** What has been tried of a network. */
type Made =
  | { readonly holder: Keeper; readonly open: Probed }
  | { readonly holder?: undefined; readonly reason: string }

/** Of servers that were killed while they probed. */
async function removeStale(dataFolder: string): Promise<void> {
  const folder = join(dataFolder, 'agent')
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const pid = /^probe-\D+-(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !isRunning(Number(pid))) await removeTree(join(folder, name))
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** @returns why there is no way to other machines, as far as that is known without trying */
function noUplink(): string | undefined {
  if (!runs('slirp4netns', '--version')) return 'slirp4netns is not installed: install slirp4netns'
  try {
    accessSync(TUN, constants.R_OK | constants.W_OK)
    return undefined
  } catch {
    return `${TUN} cannot be opened by this user: load the module tun, and give the file mode 0666, as udev does`
  }
}

/** @returns which program is missing, if one is: a better reason than what comes of it */
function noProgram(): string | undefined {
  if (!runs('ip', '-V')) return 'ip is not installed: install iproute2'
  return ['unshare', 'nsenter'].some((name) => !runs(name, '--version'))
    ? 'unshare or nsenter is not installed: install util-linux'
    : undefined
}

function runs(program: string, argument: string): boolean {
  return spawnSync(program, [argument], { env: helperEnvironment(), stdio: 'ignore' }).status === 0
}

function all(reason: string): NetworkReport {
  return { own: unavailable(reason), open: unavailable(reason) }
}

function unavailable(reason: string): Probed {
  return { available: false, reason }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
