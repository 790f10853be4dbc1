import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { homeFolder } from '../environment.ts'
import type { InstanceFolder } from '../instance-folder.ts'
import type { Isolation, JobUser, LaunchOrder } from '../messages.ts'
import { baseDirBox, linkBox } from './bare.ts'
import type { BoxNetwork } from '../network/box-network.ts'
import { isWithin, type Box, type BoxParts, type Cover, type Machine, type OverlayMount } from './box.ts'
import { bwrapBox } from './bwrap.ts'
import { readMachine } from './machine.ts'
import type { Scripts } from './scripts.ts'
import { unshareBox } from './unshare.ts'

const BOXES = {
  bwrap: bwrapBox,
  unshare: unshareBox,
  link: linkBox,
  'base-dir': baseDirBox,
} as const satisfies Record<Isolation, (parts: BoxParts) => Box>

/** Folders that may be the instance's own, in order of preference: one that holds the environment's python must stay the machine's. */
const SCRATCH_FOLDERS = ['/tmp', '/var/tmp'] as const

export interface BoxRequest {
  readonly place: InstanceFolder
  readonly order: LaunchOrder
  readonly dataFolder: string
  readonly scripts: Scripts
  readonly overlays: readonly OverlayMount[]
  readonly network?: BoxNetwork
}

/** Makes the box of an instance, and the files that it needs in the instance's folder. */
export function buildBox({ place, order, dataFolder, scripts, overlays, network }: BoxRequest): Box {
  const { isolation, jobUser } = order.plan
  const machine = readMachine()
  const scratch = scratchFolder(order.spec.environment.python)
  const inNamespaces = isolation === 'bwrap' || isolation === 'unshare'
  const own = network ? { network } : {}
  const covers = inNamespaces ? writeCovers({ place, scratch, user: jobUser ?? machine, ...own }) : []
  if (isolation === 'unshare' && !machine.optMl) makeOptFolder(place, machine)
  const parts = { place, dataFolder: realpathSync(dataFolder), scripts, machine, scratch, covers, overlays, ...own }
  const box = BOXES[isolation]({ ...parts, ...(jobUser ? { jobUser } : {}) })
  for (const [name, text] of Object.entries(box.files)) writeFileSync(join(place.folder, name), text)
  return box
}

function scratchFolder(python: string): string {
  // A virtual environment's python is a link out of it, and the environment may itself be reached through a link.
  const links = existsSync(python) ? [realpathSync(dirname(python)), dirname(realpathSync(python))] : []
  const used = [dirname(python), ...links].map((folder) => dirname(folder))
  return (
    SCRATCH_FOLDERS.find((folder) => existsSync(folder) && !used.some((path) => isWithin(path, folder))) ??
    SCRATCH_FOLDERS[0]
  )
}

/** The machine's files that an instance sees otherwise. A file that the machine lacks is left out: binding would make it there. */
function writeCovers(request: CoverRequest): readonly Cover[] {
  const { place, scratch, user, network } = request
  const covers: Cover[] = []
  const texts = {
    hosts: hosts(textOf('/etc/hosts'), request),
    passwd: passwd(textOf('/etc/passwd'), scratch, user),
    'resolv.conf': network?.resolver === undefined ? undefined : `nameserver ${network.resolver}\n`,
  }
  for (const [name, text] of Object.entries(texts)) {
    const target = `/etc/${name}`
    if (text === undefined || !existsSync(target)) continue
    const source = join(place.folder, name)
    writeFileSync(source, text, { mode: 0o644 })
    // resolv.conf is often a link.
    covers.push({ source, target: realpathSync(target) })
  }
  return covers
}

interface CoverRequest {
  readonly place: InstanceFolder
  readonly scratch: string
  readonly user: JobUser
  readonly network?: BoxNetwork
}

/**
 * On the machine's network the machine's own names, and the instance's on the loopback. On the job's own its instances first; the machine's names are of no
 * use where nothing of the machine can be reached.
 */
function hosts(machine: string | undefined, { place, network }: CoverRequest): string | undefined {
  if (machine === undefined) return undefined
  if (!network) return `${withNewline(machine)}127.0.0.1 ${place.id.host}\n`
  return network.resolver === undefined ? network.hosts : network.hosts + machine
}

/** @returns undefined where the user has a name already, or there is no such file */
function passwd(machine: string | undefined, scratch: string, { uid, gid }: JobUser): string | undefined {
  if (machine === undefined || hasName(uid, machine)) return undefined
  return `${withNewline(machine)}trainyard-job:x:${uid}:${gid}:Trainyard job:${homeFolder(scratch)}:/bin/sh\n`
}

/** A directory service may know a user that the file does not. */
function hasName(uid: number, passwd: string): boolean {
  if (passwd.split('\n').some((line) => line.split(':')[2] === String(uid))) return true
  if (uid !== process.getuid?.()) return false
  try {
    return userInfo().username !== ''
  } catch {
    return false
  }
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/** Mount points for everything in `/opt`, and one for `ml`. */
function makeOptFolder({ folder }: InstanceFolder, { opt = [] }: Machine): void {
  const own = join(folder, 'opt')
  rmSync(own, { recursive: true, force: true })
  mkdirSync(join(own, 'ml'), { recursive: true })
  for (const { name, kind, target } of opt) {
    if (name === 'ml') continue
    const path = join(own, name)
    if (kind === 'folder') mkdirSync(path, { recursive: true })
    else if (kind === 'file') writeFileSync(path, '')
    else if (target !== undefined) symlinkSync(target, path)
  }
}
