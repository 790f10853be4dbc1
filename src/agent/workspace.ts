import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InstanceError } from '../runtime/runtime.ts'
import { errorCode } from '../util/error-code.ts'
import { LAUNCHER_FOLDER } from './command.ts'
import type { InstanceFolder } from './instance-folder.ts'
import type { JobUser, LaunchOrder } from './messages.ts'

/** The empty folders of `/opt/ml` that a job may count on (behaviour 3.2); checkpoints come with CheckpointConfig only. */
const FOLDERS = ['input', 'input/config', 'input/data', 'model', 'output', 'output/data'] as const
const OPT_ML = '/opt/ml/'

/**
 * Lays out the instance's `/opt/ml`, its scratch folder and the files that its box puts over the machine's. Everything the job may touch belongs to the
 * job's user. Doing it again is no error. Done without leaving the thread: some twenty entries take less time than one turn through the pool.
 *
 * @throws InstanceError when the disk is full or cannot be written
 */
export function layOutWorkspace(place: InstanceFolder, order: LaunchOrder): void {
  const { spec, plan } = order
  try {
    makeFolder(place.ml, plan.jobUser)
    const channels = spec.channels.map((channel) => `input/data/${plainName(channel)}`)
    for (const folder of [...FOLDERS, ...channels, ...metricsFolders(spec.variables)]) {
      makeFolder(join(place.ml, folder), plan.jobUser)
    }
    for (const [name, text] of Object.entries(spec.configFiles)) {
      makeFile(join(place.ml, 'input/config', plainName(name)), text, plan.jobUser)
    }
    makeFolder(place.scratch, plan.jobUser, 0o1777)
    makeFolder(join(place.scratch, 'home'), plan.jobUser, 0o700)
    if (spec.command === undefined) copyLauncher(plan.launcher, join(place.scratch, LAUNCHER_FOLDER), plan.jobUser)
  } catch (error) {
    throw diskError(error, place.folder)
  }
}

/** The job's user need not be able to read our own files. */
function copyLauncher(from: string, to: string, owner: JobUser | undefined): void {
  makeFolder(to, owner)
  for (const name of readdirSync(from)) {
    if (name.endsWith('.py')) makeFile(join(to, name), readFileSync(join(from, name), 'utf8'), owner)
  }
}

/**
 * Makes the folder for workspaces that lie outside the data folder, where anyone may have made one of that name before.
 * @throws InstanceError when somebody else has
 */
export function makeWorkspaces(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  const found = lstatSync(folder)
  if (found.isDirectory() && found.uid === process.getuid?.()) return chmodSync(folder, 0o711)
  throw new InstanceError(
    'platform',
    `${folder} belongs to somebody else: remove it, it is the place of this server's workspaces.`,
  )
}

/** Time-series metrics have a folder where they are on; the platform's variable names it (behaviour 3.2, 3.6). */
function metricsFolders({ SAGEMAKER_METRICS_DIRECTORY: folder }: Readonly<Record<string, string>>): string[] {
  if (!folder?.startsWith(OPT_ML) || folder.split('/').includes('..')) return []
  const parts = folder.slice(OPT_ML.length).split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Channel and file names are checked by the API; a slip there must not become a path. */
function plainName(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw new InstanceError('platform', `${JSON.stringify(name)} cannot be a file name below /opt/ml.`)
  }
  return name
}

/** With the mode as it stands here, whatever the process's umask. */
function makeFolder(path: string, owner: JobUser | undefined, mode = 0o755): void {
  mkdirSync(path, { recursive: true })
  chmodSync(path, mode)
  if (owner) chownSync(path, owner.uid, owner.gid)
}

function makeFile(path: string, text: string, owner: JobUser | undefined): void {
  writeFileSync(path, text)
  chmodSync(path, 0o644)
  if (owner) chownSync(path, owner.uid, owner.gid)
}

/** A full disk is something the user can mend, so the reason that the job shows names it. */
export function diskError(error: unknown, folder: string): unknown {
  if (error instanceof InstanceError) return error
  const code = errorCode(error)
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new InstanceError('client', `No space left on the disk that holds ${folder}: make room there.`, {
    cause: error,
  })
}
