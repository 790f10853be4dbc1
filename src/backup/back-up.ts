import { access, mkdir, readdir, realpath, rename, rm, unlink } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { pathsBelow } from '../data-folder/data-folder.ts'
import { FolderLock } from '../data-folder/folder-lock.ts'
import { durableFileError } from '../durable/durable-file-error.ts'
import type { DurableFiles } from '../durable/durable-files.ts'
import { blobsOf, indexFile, snapshotIndex } from '../objects/embedded/snapshot-index.ts'
import { snapshotDatabase } from '../sqlite/snapshot-database.ts'
import { makeFolders } from '../util/make-folders.ts'
import { BackupError } from './backup-error.ts'
import { readBackupFile, writeBackupFile } from './backup-file.ts'
import { copyFiles } from './copy-files.ts'
import { filesBelow } from './files-below.ts'

export interface BackUpOptions {
  readonly dataFolder: string
  /** A folder that is not there, is empty, or holds an earlier backup, which is brought up to date. */
  readonly target: string
  readonly durable: DurableFiles
  /** Epoch milliseconds. */
  readonly now: number
  readonly onCopied?: (bytes: number) => void
}

export interface BackedUp {
  /** What was copied this time. */
  readonly copied: { readonly files: number; readonly bytes: number }
  /** What the backup's objects consist of. */
  readonly objects: { readonly blobs: number; readonly bytes: number }
}

/** What belongs to a data folder beside its databases, blobs and logs; not all of it must be there. */
export const SMALL_FILES = ['identity.json', 'keys.json', 'plans.json', 'clock.json', 'trainyard.yaml'] as const
const NEW = '.new'
const LOCK_FILE = 'lock.db'
/** An index is looked at again where blobs that it names went meanwhile; a running server keeps them, so once is the rule. */
const MOST_ROUNDS = 20

/**
 * Makes a folder from which `restore` makes the data folder again, while its server runs or without one. First the record of jobs, then the index of objects, then
 * the blobs that it names, then logs: whatever one of them speaks of is in the next. The old backup stays whole until all of the new one is there.
 *
 * @throws BackupError, MissingDatabaseError, and what the disk refuses
 */
export async function backUp(options: BackUpOptions): Promise<BackedUp> {
  const target = resolve(options.target)
  const before = await prepare(target, options)
  const lock = FolderLock.take(join(target, LOCK_FILE), 'backup')
  if (!lock) throw new BackupError('InUse', `Another backup into ${target} is under way.`)
  try {
    if (!before) await writeBackupFile(target, { complete: false, time: timeOf(options) }, options.durable)
    return await copyAll(target, options)
  } finally {
    lock.release()
  }
}

async function copyAll(target: string, options: BackUpOptions): Promise<BackedUp> {
  const { dataFolder, durable, onCopied } = options
  const from = pathsBelow(dataFolder)
  const to = pathsBelow(target)
  const progress = onCopied ? { onCopied } : {}
  await snapshotAnew(to.store, (file) => snapshotDatabase(from.store, file))
  const blobs = await copyObjects(from.objects, to.objects, { ...progress, durable })
  const logFiles = await filesBelow(from.logs)
  // The index of a log first: it then never speaks of more than the log has.
  const logs = await copyFiles(
    logFiles.toSorted(),
    { durable, from: from.logs, to: to.logs },
    { ...progress, byTime: true },
  )
  const small = await copyFiles(SMALL_FILES, { durable, from: from.root, to: to.root }, { byTime: true })
  await writeBackupFile(target, { complete: false, time: timeOf(options) }, durable)
  for (const file of [to.store, indexFile(to.objects)]) {
    await rename(file + NEW, file)
    await durable.sync(file)
  }
  const kept = await removeOthers(to, {
    blobs: blobsOf(indexFile(to.objects)),
    logs: new Set(logFiles),
    gone: small.gone,
  })
  await writeBackupFile(target, { complete: true, time: timeOf(options) }, durable)
  const files = blobs.files + logs.files + small.files
  return { copied: { files, bytes: blobs.bytes + logs.bytes + small.bytes }, objects: kept }
}

async function copyObjects(
  from: string,
  to: string,
  { durable, ...progress }: Pick<BackUpOptions, 'durable' | 'onCopied'>,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const total = { files: 0, bytes: 0 }
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const snapshot = indexFile(to)
    await snapshotAnew(snapshot, (file) => snapshotIndex(from, file))
    const { files, bytes, gone } = await copyFiles(fileNames(snapshot + NEW), { durable, from, to }, progress)
    total.files += files
    total.bytes += bytes
    if (gone.length === 0) return total
  }
  throw new BackupError(
    'TooBusy',
    'Objects were deleted faster than they could be copied. Back up while the server runs, which keeps them meanwhile, or when fewer jobs do.',
  )
}

async function snapshotAnew(file: string, make: (file: string) => Promise<void>): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
  await rm(file + NEW, { force: true })
  await make(file + NEW)
}

function* fileNames(snapshot: string): Generator<string> {
  for (const { file } of blobsOf(snapshot)) yield file
}

/** Removes what an earlier backup had and this one has no use for. @returns what the objects that stay consist of */
async function removeOthers(
  to: ReturnType<typeof pathsBelow>,
  keep: {
    readonly blobs: Iterable<{ file: string; size: number }>
    readonly logs: ReadonlySet<string>
    readonly gone: readonly string[]
  },
): Promise<BackedUp['objects']> {
  const blobs = new Map(Array.from(keep.blobs, ({ file, size }) => [file, size]))
  const sizes = [...blobs.values()]
  for (const file of await filesBelow(join(to.objects, 'blobs')))
    if (!blobs.has(join('blobs', file))) await unlink(join(to.objects, 'blobs', file))
  for (const file of await filesBelow(to.logs)) if (!keep.logs.has(file)) await unlink(join(to.logs, file))
  for (const file of keep.gone) await rm(join(to.root, file), { force: true })
  return { blobs: blobs.size, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

/** @returns whether an earlier backup is there @throws BackupError */
async function prepare(target: string, { dataFolder, durable }: BackUpOptions): Promise<boolean> {
  await access(dataFolder)
  await makeFolders(target, 0o700).catch((error: unknown) => {
    throw durableFileError('make', target, error)
  })
  const places = [await realpath(target), await realpath(dataFolder)] as const
  if (isWithin(places[0], places[1]) || isWithin(places[1], places[0]))
    throw new BackupError(
      'Overlapping',
      `A backup of ${dataFolder} cannot lie in it or around it. Choose another folder, best on another disk.`,
    )
  const earlier = await readBackupFile(target)
  if (earlier) return true
  // What a backup that was cut off in its first moment leaves.
  const others = (await readdir(target)).filter((entry) => !entry.startsWith(LOCK_FILE) && entry !== 'lost+found')
  if (others.length === 0) {
    // The folder may be as new as what it will hold.
    await durable.sync(target)
    return false
  }
  throw new BackupError('NotEmpty', `${target} holds other files and no backup. Choose an empty or a new folder.`)
}

function isWithin(path: string, folder: string): boolean {
  return !relative(folder, path).startsWith('..')
}

function timeOf({ now }: BackUpOptions): string {
  return new Date(now).toISOString()
}
