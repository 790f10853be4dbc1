import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import type { JobClock } from '../../clock/clock.ts'
import { InstanceError } from '../../runtime/runtime.ts'
import { hostAddress, parseSubnet, type Subnet } from '../../util/subnet.ts'
import { untilInFolder } from '../../util/until-in-folder.ts'
import { claim, CLAIMED } from '../claim.ts'
import { helperEnvironment } from '../environment.ts'
import { readLogTail } from '../log-tail.ts'
import { isAlive } from '../proc.ts'
import { removeTree } from '../remove-tree.ts'
import type { Scripts } from '../sandbox/scripts.ts'
import { isKeeperAlive, readKeeper, type Keeper } from '../status-file.ts'
import type { NetworkFolder } from './network-folder.ts'

/** Who made a claim says who it is within moments, or never. */
const CLAIM_MS = 5000
/** Six hundred instances take twenty seconds on two busy cores. */
const GIVE_UP_MS = 180_000
const POLL_MS = 10
/** `infinity` is known to some programs of this name only. */
const FOREVER_SECONDS = 2 ** 31 - 1

export interface NetworkContext {
  readonly clock: JobClock
  readonly scripts: Scripts
  /** After which a network ends by itself; for ever, where it is not given. */
  readonly holdSeconds?: number
}

/** What a network is made of. */
export interface NetworkOrder {
  /** `10.0.2.0/24` */
  readonly subnet: string
  /** How many instances it joins. */
  readonly hosts: number
  /** Whether it gets a way to other machines. */
  readonly open: boolean
}

/**
 * A network of one job's own: a bridge, and for each of its instances a namespace with an `eth0`. It is held by a process that outlives us and that
 * anybody can end: with it everything of the network is gone, but its folder.
 */
export class JobNetwork {
  readonly #context: NetworkContext
  readonly #place: NetworkFolder
  readonly #ending = new AbortController()
  /** What we have started and has not ended. */
  readonly #children = new Set<ChildProcess>()
  #made: Promise<Keeper> | undefined

  constructor(context: NetworkContext, place: NetworkFolder) {
    this.#context = context
    this.#place = place
  }

  /**
   * Makes it, or goes on with what another agent has begun. Any number of times.
   *
   * @returns its holder
   * @throws InstanceError
   */
  make(order: NetworkOrder): Promise<Keeper> {
    this.#made ??= this.#make(order)
    // Who asks for it may come later, or never.
    this.#made.catch(() => undefined)
    return this.#made
  }

  /** Ends and removes it; what another agent has begun and nobody will see finished is called off. */
  async end(): Promise<void> {
    this.#ending.abort(new InstanceError('platform', "The job's network was called off."))
    await this.#made?.catch(() => undefined)
    if (!existsSync(this.#place.folder)) return
    await this.#endKeeper(this.#place.claim, this.#place.holder)
    await this.#endKeeper(this.#place.uplinkClaim, this.#place.uplink)
    await this.#endChildren()
    await removeTree(this.#place.folder)
  }

  async #make(order: NetworkOrder): Promise<Keeper> {
    const { folder, ns, claim: claimed, holder, ready, uplinkClaim, uplink, open } = this.#place
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    mkdirSync(ns, { recursive: true, mode: 0o755 })
    const begun = existsSync(claimed) ? undefined : this.#spawn(this.#holderCommand(order))
    await this.#until(() => existsSync(ready), holder, begun)
    const keeper = this.#living(holder)
    if (!order.open) return keeper
    const way = existsSync(uplinkClaim) ? undefined : this.#spawn(this.#uplinkCommand(order, keeper))
    await this.#until(() => sizeOf(open) > 0, uplink, way)
    return this.#living(holder)
  }

  #holderCommand({ subnet: cidr, hosts, open }: NetworkOrder): readonly string[] {
    const subnet = subnetOf(cidr)
    const addresses = Array.from({ length: hosts }, (_, index) => `${hostAddress(subnet, index + 1)}/${subnet.prefix}`)
    return [
      'unshare',
      ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
      ...['--net', '--mount', '--propagation', 'slave', '--'],
      ...this.#context.scripts.network,
      String(this.#context.holdSeconds ?? FOREVER_SECONDS),
      open ? subnet.gateway : 'none',
      `${subnet.bridge}/${subnet.prefix}`,
      ...addresses,
    ]
  }

  /**
   * In the machine's network, with a port of the bridge. The machine's loopback stays closed to the job; a way out that a job's packets have taken over
   * has no rights, sees `/etc` and `/run` of the machine's files (where it reads the names of machines), and starts no program.
   */
  #uplinkCommand({ subnet }: NetworkOrder, { pid }: Keeper): readonly string[] {
    return [
      ...this.#context.scripts.uplink,
      // It makes its sandbox itself, which an ordinary user may do where he is root: in the user namespace of the holder.
      ...(process.getuid?.() === 0 ? [] : ['nsenter', `--user=/proc/${pid}/ns/user`, '--preserve-credentials', '--']),
      // Mounts private: where /tmp is a shared mount of its own, as systemd makes it, it could not take /tmp for its root.
      ...['unshare', '--mount', '--propagation', 'private', '--'],
      ...['slirp4netns', '--exit-fd=3', '--ready-fd=4', '--mtu=65520', '--disable-host-loopback', `--cidr=${subnet}`],
      ...['--enable-sandbox', '--enable-seccomp', '--netns-type=path', `/proc/${pid}/ns/net`, 'tap0'],
    ]
  }

  #spawn([program = '', ...args]: readonly string[]): ChildProcess {
    const log = openSync(this.#place.log, 'a', 0o600)
    try {
      // In a session and so in a group of its own: what it starts can be ended with it.
      const stdio: ['ignore', number, number] = ['ignore', log, log]
      const child = spawn(program, args, { cwd: this.#place.folder, env: helperEnvironment(), detached: true, stdio })
      this.#children.add(child)
      for (const over of ['exit', 'error']) child.once(over, () => this.#children.delete(child))
      return child
    } finally {
      closeSync(log)
    }
  }

  /** @param child what we have started for it, if it was we */
  async #until(done: () => boolean, keeperFile: string, child: ChildProcess | undefined): Promise<void> {
    const { clock } = this.#context
    const begun = clock.monotonic()
    let gone: Error | true | undefined
    let isOurs = child !== undefined
    child?.once('error', (error) => (gone = error))
    child?.once('exit', (code) => (code === CLAIMED ? (isOurs = false) : (gone = true)))
    child?.unref()
    const outcome = await untilInFolder(this.#place.folder, { clock, signal: this.#ending.signal }, () => {
      // In this order: what has gone may have finished before.
      const keeper = readKeeper(keeperFile)
      const took = clock.monotonic() - begun
      // Ours may take long on a busy machine, and we are told when it ends; nobody tells us of another agent's.
      const lost = keeper ? !isKeeperAlive(keeper) : gone !== undefined || (!isOurs && took > CLAIM_MS)
      if (done()) return 'made'
      return lost || took > GIVE_UP_MS ? 'failed' : undefined
    })
    if (outcome === 'failed') throw await this.#failure(gone instanceof Error ? gone.message : undefined)
  }

  #living(file: string): Keeper {
    const keeper = readKeeper(file)
    if (isKeeperAlive(keeper)) return keeper
    throw new InstanceError('platform', "The job's network is gone: the process that held it has ended.")
  }

  async #failure(reason: string | undefined): Promise<InstanceError> {
    const said = reason ?? (await readLogTail(this.#place.log).catch(() => ''))
    return new InstanceError(
      'platform',
      `The job's network could not be made: ${said === '' ? 'no reason was given.' : said}`,
    )
  }

  async #endKeeper(claimed: string, file: string): Promise<void> {
    if (claim(claimed)) return
    const { clock } = this.#context
    const giveUp = clock.monotonic() + CLAIM_MS
    let keeper = readKeeper(file)
    while (!keeper && clock.monotonic() < giveUp) {
      await clock.sleep(POLL_MS)
      keeper = readKeeper(file)
    }
    if (!isKeeperAlive(keeper)) return
    killGroup(keeper.pid)
    while (isAlive(keeper)) await clock.sleep(POLL_MS)
  }

  /** One that has lost its claim to us would end by itself, but not at once. */
  async #endChildren(): Promise<void> {
    for (const child of this.#children) {
      if (child.pid === undefined) continue
      const ended = once(child, 'exit')
      killGroup(child.pid)
      await ended
    }
  }
}

/** It leads its group, in which whatever it has just started is. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

function subnetOf(cidr: string): Subnet {
  const subnet = parseSubnet(cidr)
  if (!subnet) throw new InstanceError('platform', `${cidr} is no network for jobs.`)
  return subnet
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
