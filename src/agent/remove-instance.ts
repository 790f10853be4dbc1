import { rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode, type InstanceFolder } from './instance-folder.ts'
import { removeTree } from './remove-tree.ts'

/** What is kept is for looking at: the job's files, not its keys. */
export async function removeSecrets(place: InstanceFolder): Promise<void> {
  await rm(place.environ, { force: true })
  await removeTree(place.overlays)
  await removeTree(place.out)
}

/**
 * Removes everything of an instance whose command has ended. What lies elsewhere goes first: as long as the folder is there, whoever comes after a crash
 * finds the instance and removes the rest.
 */
export async function removeInstance(place: InstanceFolder): Promise<void> {
  for (const path of [place.ml, place.scratch, place.overlays, place.out]) await removeTree(path)
  const workspace = dirname(place.ml)
  if (workspace !== place.folder) await removeEmpty([workspace, dirname(workspace)])
  await removeTree(place.folder)
  await removeEmpty([dirname(place.folder), dirname(dirname(place.folder))])
}

/** Those in which nothing else lies. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    try {
      await rmdir(folder)
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errorCode(error) ?? '')) throw error
    }
  }
}
