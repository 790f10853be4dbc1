import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { jobUser } from '../config/job-user.ts'
import { openDataFolder, pathsBelow, restoringMark } from '../data-folder/data-folder.ts'
import { readConfiguration } from '../data-folder/read-configuration.ts'
import { readServerFile } from '../data-folder/server-file.ts'
import type { DurableFiles } from '../durable/durable-files.ts'
import { blobsOf, indexFile } from '../objects/embedded/snapshot-index.ts'
import { isMissing } from '../util/error-code.ts'
import { SMALL_FILES } from './back-up.ts'
import { BackupError } from './backup-error.ts'
import { readBackupFile, type BackupFile } from './backup-file.ts'
import { copyFiles, type Copied } from './copy-files.ts'
import { filesBelow } from './files-below.ts'

export interface RestoreOptions {
  /** The folder of a backup. */
  readonly source: string
  /** Not there, or empty. */
  readonly dataFolder: string
  readonly durable: DurableFiles
  readonly onCopied?: (bytes: number) => void
}

export interface Restored {
  /** ISO 8601: of what moment the backup is. */
  readonly time: string
  readonly files: number
  readonly bytes: number
}

/**
 * Makes a data folder from a backup. Until all of it is there no server starts on it. Jobs that ran when the backup was made end with a platform fault at the next
 * start: their instances are not part of it.
 *
 * @throws BackupError, DataFolderError, and what the disk refuses
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { source, dataFolder, durable } = options
  const { time } = await completeBackup(source)
  await refuseUsed(dataFolder)
  const folder = await openDataFolder({ path: dataFolder, durable, command: 'restore' })
  try {
    const mark = restoringMark(folder.paths.root)
    await durable.write(mark, 'The restore of this folder has not ended.\n')
    const copied = await copyAll(pathsBelow(source), folder.paths, options)
    await durable.remove(mark)
    return { time, files: sum(copied, 'files'), bytes: sum(copied, 'bytes') }
  } finally {
    await folder.close()
  }
}

type Paths = ReturnType<typeof pathsBelow>

async function copyAll(from: Paths, to: Paths, { onCopied, durable }: RestoreOptions): Promise<readonly Copied[]> {
  const progress = onCopied ? { onCopied } : {}
  // Whoever restores owns it all, but for what jobs must read.
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const small = await copyFiles(SMALL_FILES, { durable, from: from.root, to: to.root, owner: self })
  const reader = jobUser(await readConfiguration(to.configuration)) ?? self
  const blobs = Array.from(blobsOf(indexFile(from.objects)), ({ file }) => file)
  const objects = await copyFiles(blobs, { durable, from: from.objects, to: to.objects, owner: reader }, progress)
  if (objects.gone.length > 0)
    throw new BackupError(
      'Incomplete',
      `The backup lacks ${objects.gone.length} of its objects' files, such as ${objects.gone[0]}.`,
    )
  const logs = await copyFiles(
    await filesBelow(from.logs),
    { durable, from: from.logs, to: to.logs, owner: self },
    progress,
  )
  const index = await copyFiles(['index.db'], { durable, from: from.objects, to: to.objects, owner: self })
  const store = await copyFiles(['store.db'], { durable, from: from.root, to: to.root, owner: self })
  return [small, objects, logs, index, store]
}

/** @throws BackupError */
async function completeBackup(source: string): Promise<BackupFile> {
  const backup = await readBackupFile(source)
  if (!backup) throw new BackupError('NotABackup', `${source} is no backup of Trainyard: it has no backup.json.`)
  if (backup.complete) return backup
  throw new BackupError(
    'Incomplete',
    `The backup in ${source} was cut off before it was whole. Make it again from the data folder that it is of.`,
  )
}

/** @throws BackupError InUse, NotEmpty */
async function refuseUsed(dataFolder: string): Promise<void> {
  const entries = await readdir(dataFolder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  if (entries.every((entry) => entry === 'lost+found')) return
  const server = await readServerFile(dataFolder)
  if (server)
    throw new BackupError(
      'InUse',
      `${dataFolder} is the data folder of the server at ${server.url}. Restore into another folder with --data.`,
    )
  throw new BackupError(
    'NotEmpty',
    `${join(dataFolder)} is not empty. Restore into an empty or a new folder with --data, or move this one away.`,
  )
}

function sum(copied: readonly Copied[], member: 'files' | 'bytes'): number {
  return copied.reduce((total, each) => total + each[member], 0)
}
