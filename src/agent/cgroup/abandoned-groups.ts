import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { folderName } from '../../util/folder-name.ts'
import { removeGroupFolder, type GroupParent } from './group-parent.ts'
import { foldersOf } from './instance-group.ts'

const PREFIX = 'trainyard@'
/** A file name has 255 bytes, of which a trial takes some. */
const LONGEST_NAME = 200

/**
 * Names the folder of a server's control groups by its data folder, so that whoever finds it knows whose it is.
 * @param dataFolder absolute, without links
 */
export function groupsName(dataFolder: string): string {
  const name = PREFIX + encodeURIComponent(dataFolder)
  return name.length <= LONGEST_NAME ? name : folderName(dataFolder)
}

/**
 * Removes the control groups of servers whose data folder is gone, and with it whoever would have removed them. The kernel removes none in which a process is, so those of
 * jobs that still run stay until a later sweep. Groups that name no data folder are left alone.
 */
export function sweepGroups({ version, folders }: GroupParent): void {
  for (const parent of foldersOf({ version, folders }))
    for (const name of namesIn(parent)) {
      const owner = ownerOf(name)
      if (owner === undefined || !isGone(owner)) continue
      const server = join(parent, name)
      for (const instance of namesIn(server)) removeGroupFolder(join(server, instance))
      removeGroupFolder(server)
    }
}

/** @returns the data folder; undefined where the name is none of ours */
function ownerOf(name: string): string | undefined {
  if (!name.startsWith(PREFIX)) return undefined
  try {
    const owner = decodeURIComponent(name.slice(PREFIX.length))
    return owner.startsWith('/') ? owner : undefined
  } catch {
    return undefined
  }
}

/** What cannot be looked at is not known to be gone. */
function isGone(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}

/** @returns none where the folder is gone or closed to us */
function namesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}
