import { chownSync, lstatSync, mkdirSync, readlinkSync, rmdirSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SETUP_LINK } from '../../runtime/process/opt-ml-link.ts'
import { CommandError } from '../cli-errors.ts'

export interface OptMlPlaces {
  /** `/opt/ml`; what becomes a link that never changes again. */
  readonly optMl: string
  /** In it the link to the running instance comes and goes. */
  readonly folder: string
  /** Whose server will set it. */
  readonly owner: { readonly uid: number; readonly gid: number }
}

/** Makes the link and the folder that it leads into; done again it changes nothing. @throws CommandError where something is in its way */
export function makeOptMlLink({ optMl, folder, owner }: OptMlPlaces): void {
  const target = join(folder, basename(SETUP_LINK))
  const stats = lstatSync(optMl, { throwIfNoEntry: false })
  const isDone = stats?.isSymbolicLink() && readlinkSync(optMl) === target
  if (stats && !isDone) clearAway(optMl, stats.isDirectory())
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  chownSync(folder, owner.uid, owner.gid)
  if (isDone) return
  mkdirSync(dirname(optMl), { recursive: true, mode: 0o755 })
  symlinkSync(target, optMl)
}

/** An empty folder holds nothing that anybody could miss; anything else is left to its owner. */
function clearAway(path: string, isFolder: boolean): void {
  try {
    if (!isFolder) throw new Error('it is no folder')
    rmdirSync(path)
  } catch (cause) {
    throw new CommandError(
      'InTheWay',
      `${path} is there already, and not an empty folder. Move it away, then run setup again.`,
      { cause },
    )
  }
}
