import { rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Leave } from '../runtime/runtime.ts'
import { errorCode } from '../util/error-code.ts'
import { overlaysOf } from './channels/download-record.ts'
import { folderNames, type InstanceFolder } from './instance-folder.ts'
import { removeTree } from './remove-tree.ts'

/**
 * Removes what nobody shall have any more. The workspace is kept for looking at: the job's files, not its keys. Inputs are what the job could not change of
 * them: the farms of links below its overlays.
 */
export async function removePart(place: InstanceFolder, { keep, inputs }: Required<Leave>): Promise<void> {
  await rm(place.environ, { force: true })
  if (!inputs) await removeInputs(place)
  else for (const { upper, work } of overlaysOf(place)) for (const path of [upper, work]) await removeTree(path)
  await removeTree(place.out)
  if (keep) return
  for (const path of [place.ml, place.scratch]) await removeTree(path)
  await removeOpenFolder(place)
}

/** The record goes first: who takes them over meanwhile finds out by it. */
async function removeInputs(place: InstanceFolder): Promise<void> {
  await rm(place.downloaded, { force: true })
  await removeTree(place.overlays)
}

/**
 * Removes everything of an instance whose command has ended. What lies elsewhere goes first: as long as the folder is there, whoever comes after a crash
 * finds the instance and removes the rest.
 */
export async function removeInstance(place: InstanceFolder): Promise<void> {
  await removeInputs(place)
  for (const path of [place.ml, place.scratch, place.out]) await removeTree(path)
  await removeOpenFolder(place)
  await removeTree(place.folder)
  await removeEmpty([dirname(place.folder), dirname(dirname(place.folder))])
}

/**
 * Removes what an agent that was killed while it removed the last instance of a job left: the folders around it, in which nobody would look for an instance
 * any more. To be called while no other agent works.
 */
export async function removeEmptyJobs(dataFolder: string): Promise<void> {
  const jobs = join(dataFolder, 'jobs')
  for (const job of await folderNames(jobs)) {
    const attempts = (await folderNames(join(jobs, job))).map((attempt) => join(jobs, job, attempt))
    await removeEmpty([...attempts, join(jobs, job)])
  }
}

/** Where the workspace lies outside the data folder. */
async function removeOpenFolder(place: InstanceFolder): Promise<void> {
  const workspace = dirname(place.ml)
  if (workspace !== place.folder) await removeEmpty([workspace, dirname(workspace)])
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
