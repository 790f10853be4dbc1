import type { InstanceFolder } from '../instance-folder.ts'
import type { JobUser } from '../messages.ts'
import type { BoxNetwork } from '../network/box-network.ts'
import type { Scripts } from './scripts.ts'

/** What a box is built from. */
export interface BoxParts {
  readonly place: InstanceFolder
  /** Absolute, without links. */
  readonly dataFolder: string
  readonly scripts: Scripts
  readonly machine: Machine
  /** Set when we are root: the command runs as this user, without any privilege. */
  readonly jobUser?: JobUser
  /** The host's folder in whose place the instance's scratch folder stands. */
  readonly scratch: string
  /** Files of the instance that stand over the machine's own. */
  readonly covers: readonly Cover[]
  readonly overlays: readonly OverlayMount[]
  /** Set where the instance is on a network of its job's own. */
  readonly network?: BoxNetwork
}

/** `source` is seen at `target`. */
export interface Cover {
  readonly source: string
  readonly target: string
}

/** A channel whose files are those of `lower`, and what the job makes of them in `upper`. */
export interface OverlayMount {
  readonly target: string
  readonly lower: string
  readonly upper: string
  readonly work: string
}

/** What of the machine a box depends on. */
export interface Machine {
  readonly uid: number
  readonly gid: number
  /** Whether `/opt/ml` is a folder of the machine; if it is missing, or the link of `setup`, the box makes its own `/opt`. */
  readonly optMl: boolean
  /** Entries of `/opt`; undefined where that is no folder. */
  readonly opt: readonly RootEntry[] | undefined
  /** Entries of `/`. */
  readonly root: readonly RootEntry[]
}

export interface RootEntry {
  readonly name: string
  readonly kind: 'folder' | 'file' | 'link'
  /** Of a link. */
  readonly target?: string
}

/** A way to run a command as one instance. */
export interface Box {
  /** Runs the command given after it, as process 1 of the instance. */
  readonly enter: readonly string[]
  /** The instance's scratch folder as the command sees it. */
  readonly scratch: string
  /** Where `/opt/ml` is for the command, if not there. */
  readonly baseDir?: string
  /** Files of the instance's folder that `enter` needs. */
  readonly files: Readonly<Record<string, string>>
}

/** Gives up root for good: no groups, no capabilities, nothing that a set-uid program could bring back. */
export function dropPrivileges(user: JobUser | undefined): readonly string[] {
  if (!user) return []
  return [
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    '--bounding-set=-all',
    '--',
  ]
}

/** Whether hiding the data folder needs anything beside the instance's own scratch folder standing over it. */
export function mustHide({ dataFolder, scratch }: BoxParts): boolean {
  return !isWithin(dataFolder, scratch)
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
