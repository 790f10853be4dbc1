import { once } from 'node:events'
import { chown, link, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { instanceFolder, type InstanceFolder } from '../../agent/instance-folder.ts'
import { readLogTail } from '../../agent/log-tail.ts'
import type { Isolation, JobUser, LaunchOrder, SandboxPlan } from '../../agent/messages.ts'
import type { BoxNetwork } from '../../agent/network/box-network.ts'
import { removeTree } from '../../agent/remove-tree.ts'
import type { OverlayMount } from '../../agent/sandbox/box.ts'
import { overlayCanName } from '../../agent/sandbox/fstab.ts'
import { loadScripts } from '../../agent/sandbox/scripts.ts'
import { startCommand } from '../../agent/start-command.ts'
import { readStatus } from '../../agent/status-file.ts'
import type { NetworkKind } from '../runtime.ts'

export type Probed = { readonly available: true } | { readonly available: false; readonly reason: string }

export interface ProbeRequest {
  readonly dataFolder: string
  readonly isolation: Extract<Isolation, 'bwrap' | 'unshare'>
  /** Also tries a channel as an overlay. */
  readonly overlay: boolean
  readonly jobUser?: JobUser
}

const HOST = 'algo-1'
export const PROBE_ID = { jobId: 'probe', attempt: 1, host: HOST }
/** What an instance counts on, tried by one. */
const CHECK = `test "$(cat /proc/sys/kernel/hostname)" = ${HOST} && test $$ = 1 && test -w /opt/ml/model && test -w "$HOME" && test -w /dev/shm`
/** The job changes its own file; whoever owns the stored object must not see it. */
const OVERLAY_CHECK = 'chmod 600 /opt/ml/input/data/probe/file && echo more >>/opt/ml/input/data/probe/file'
const LONGEST_MS = 10_000

/** Runs a command in such a box, the same way that a job's is run: settings of the kernel do not tell what it allows. Takes some 20 ms. */
export async function probeIsolation(request: ProbeRequest): Promise<Probed> {
  const { dataFolder, isolation, overlay, jobUser } = request
  const home = join(dataFolder, 'agent', `probe-${isolation}${overlay ? '-overlay' : ''}-${process.pid}`)
  try {
    if (overlay && !overlayCanName(instanceFolder(home, PROBE_ID).folder)) {
      return { available: false, reason: `overlayfs cannot name ${home}` }
    }
    const plan = { isolation, overlay, ...(jobUser ? { jobUser } : {}) }
    const order = probeOrder(home, { plan, network: 'machine', ...(overlay ? { check: OVERLAY_CHECK } : {}) })
    return await probeInBox({ home, order, hidden: dataFolder })
  } catch (error) {
    return { available: false, reason: String(error) }
  } finally {
    await removeTree(home)
  }
}

/** A box to be tried. */
export interface BoxProbe {
  /** In place of a data folder; whoever asks removes it. */
  readonly home: string
  readonly order: LaunchOrder
  /** The folder that the box hides, if that is not `home`. */
  readonly hidden?: string
  readonly network?: BoxNetwork
}

/** @returns whether the order's command ended well in such a box, else what was said */
export async function probeInBox({ home, order, hidden = home, network }: BoxProbe): Promise<Probed> {
  const place = instanceFolder(home, PROBE_ID)
  const { jobUser, overlay } = order.plan
  await layOut(place, jobUser)
  const overlays = overlay ? [await makeOverlay(place, jobUser)] : []
  const own = network ? { network } : {}
  const child = startCommand({ place, order, dataFolder: hidden, scripts: loadScripts(), overlays, groups: [], ...own })
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  await once(child, 'exit').finally(() => clearTimeout(timer))
  if (readStatus(place).exitCode === 0) return { available: true }
  const said = await readLogTail(order.spec.logFile)
  return { available: false, reason: said === '' ? 'a command in such a box does not see what it should' : said }
}

/** @param check sh, run beside what every box is asked */
export function probeOrder(
  home: string,
  {
    plan,
    network,
    check,
  }: { readonly plan: Omit<SandboxPlan, 'launcher'>; readonly network: NetworkKind; readonly check?: string },
): LaunchOrder {
  const { folder } = instanceFolder(home, PROBE_ID)
  const spec = {
    id: PROBE_ID,
    hosts: network === 'machine' ? [HOST] : [HOST, 'algo-2'],
    network,
    environment: { name: 'probe', python: '/bin/sh' },
    resources: { host: HOST, instanceType: 'probe', cpus: 1, memory: 2 ** 30, gpus: [] },
    command: ['/bin/sh', '-c', check === undefined ? CHECK : `${CHECK} && ${check}`],
    variables: {},
    configFiles: {},
    channels: [],
    logFile: join(folder, 'log'),
    logMaxBytes: 2 ** 20,
  }
  return { spec, plan: { ...plan, launcher: '' } }
}

async function layOut(place: InstanceFolder, owner: JobUser | undefined): Promise<void> {
  const folders = [
    place.ml,
    join(place.ml, 'model'),
    join(place.ml, 'input/data/probe'),
    place.scratch,
    join(place.scratch, 'home'),
  ]
  for (const folder of folders) {
    await mkdir(folder, { recursive: true })
    if (owner) await chown(folder, owner.uid, owner.gid)
  }
}

async function makeOverlay(place: InstanceFolder, owner: JobUser | undefined): Promise<OverlayMount> {
  const parts = ['lower', 'upper', 'work'] as const
  const [lower, upper, work] = parts.map((part) => join(place.overlays, part))
  const mount = { target: join(place.ml, 'input/data/probe'), lower: lower ?? '', upper: upper ?? '', work: work ?? '' }
  for (const folder of [mount.lower, mount.upper, mount.work]) {
    await mkdir(folder, { recursive: true })
    if (owner) await chown(folder, owner.uid, owner.gid)
  }
  const blob = join(place.overlays, 'blob')
  await writeFile(blob, 'stored', { mode: 0o600 })
  if (owner) await chown(blob, owner.uid, owner.gid)
  await link(blob, join(mount.lower, 'file'))
  return mount
}
