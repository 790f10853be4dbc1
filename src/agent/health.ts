import { accessSync, constants, existsSync, lstatSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InstanceError } from '../runtime/runtime.ts'
import { errorCode } from '../util/error-code.ts'
import { isOnPath } from '../util/is-on-path.ts'
import { helperEnvironment } from './environment.ts'
import type { InstanceFolder } from './instance-folder.ts'
import type { Isolation, LaunchOrder } from './messages.ts'
import { hasOwnNetwork } from './network/job-networks.ts'
import { holdsLink } from './sandbox/opt-ml-link.ts'
import { diskError } from './workspace.ts'

/** What makes the box of each kind. */
const BOX_PROGRAMS = {
  bwrap: ['bwrap'],
  unshare: ['unshare', 'mount'],
  link: ['setsid'],
  'base-dir': ['setsid'],
} as const satisfies Record<Isolation, readonly string[]>

/**
 * The health check of an instance that has just been launched (behaviour 1.4.9): whether its command could be started, as far as that can be known in well under a
 * millisecond. Nothing is run for it: a command in a box of its own would cost every job what making that box costs, and would say of the job's box only that another
 * like it could be made. The start of the command is that trial; a box that is not made after all is a platform fault of it, and RetryStrategy's to mend.
 *
 * @param path where helpers are looked for, as in PATH
 * @throws InstanceError platform: the instance is replaced; client, where the disk is full
 */
export function checkHealth(place: InstanceFolder, order: LaunchOrder, path: string = helperEnvironment().PATH): void {
  const { spec, plan } = order
  if (existsSync(place.claim) || existsSync(place.end)) throw unhealthy('a command has been started in it before')
  for (const program of programsOf(order))
    if (!isOnPath(program, path)) throw unhealthy(`${program} is not among the programs of this machine any more`)
  if (plan.link !== undefined && !holdsLink(plan.link, place))
    throw unhealthy(`${plan.link} does not point to its /opt/ml`)
  const owner = plan.jobUser?.uid ?? process.getuid?.()
  for (const folder of [place.ml, place.scratch]) checkFolder(folder, owner)
  checkLogs(dirname(spec.logFile))
}

function unhealthy(what: string): InstanceError {
  return new InstanceError('platform', `The launched instance is unhealthy: ${what}.`)
}

function programsOf(order: LaunchOrder): readonly string[] {
  const { isolation, overlay, jobUser, network } = order.plan
  const overlays = overlay && order.spec.channels.length > 0 ? ['unshare', 'mount'] : []
  const own = hasOwnNetwork(order) ? ['unshare', 'nsenter', 'ip', 'mount'] : []
  const wayOut = network?.open === true && order.spec.network === 'job' ? ['slirp4netns'] : []
  return [...BOX_PROGRAMS[isolation], ...(jobUser ? ['setpriv'] : []), ...overlays, ...own, ...wayOut]
}

/** Whether it is a folder of the job's user that takes a file. */
function checkFolder(folder: string, owner: number | undefined): void {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (!found?.isDirectory()) throw unhealthy(`${folder} is no folder`)
  if (found.uid !== owner) throw unhealthy(`${folder} belongs to user ${found.uid} instead of ${owner}`)
  const probe = join(folder, '.trainyard-health')
  tried(folder, () => {
    writeFileSync(probe, '.')
    unlinkSync(probe)
  })
}

function checkLogs(folder: string): void {
  tried(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK | constants.X_OK)
  })
}

function tried(folder: string, attempt: () => void): void {
  try {
    attempt()
  } catch (error) {
    const known = diskError(error, folder)
    throw known instanceof InstanceError ? known : unhealthy(`${folder} cannot be written (${errorCode(error)})`)
  }
}
