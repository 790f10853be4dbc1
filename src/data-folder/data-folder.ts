import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isTemporaryFile, type DurableFiles } from '../durable/durable-files.ts'
import { makeFolders } from '../util/make-folders.ts'
import { DataFolderError, folderAccessError } from './data-folder-error.ts'
import { FolderLock, type LockHolder } from './folder-lock.ts'
import { networkFileSystem } from './network-file-system.ts'
import { readLastServer, readServerFile, serverFilePath, type ServerFile } from './server-file.ts'

/** Where everything lies below a data folder. */
export interface DataFolderPaths {
  readonly root: string
  readonly store: string
  readonly objects: string
  readonly logs: string
  readonly jobs: string
  readonly agent: string
  /** Files that `trainyard env` writes for clients. */
  readonly client: string
  readonly configuration: string
}

/** The folder of one running server. */
export interface DataFolder {
  readonly paths: DataFolderPaths
  /** The port of the last server that listened here. */
  readonly previousPort: number | undefined
  /** Says where this server listens, for the command line and for the next start. @throws DurableFileError */
  announce(server: Omit<ServerFile, 'version' | 'pid' | 'stopped'>): Promise<void>
  /** Says that this server has ended, and gives the folder free. Idempotent. */
  close(): Promise<void>
}

interface DataFolderOptions {
  /** Made if missing; relative to the working directory. */
  readonly path: string
  readonly durable: DurableFiles
  /** What takes it, for whoever finds it taken: `prune`. A server where not given. */
  readonly command?: string | undefined
}

/**
 * Makes or takes a data folder: one program at a time, held by a lock of the kernel's that dies with the process.
 *
 * @throws DataFolderError where another program has it, it belongs to something else, lies on a network file system or cannot be written
 */
export async function openDataFolder(options: DataFolderOptions): Promise<DataFolder> {
  const paths = pathsBelow(resolve(options.path))
  const lock = await takeFolder(paths, options)
  const previous = await readLastServer(paths.root)
  return new LockedFolder(paths, lock, { previousPort: previous?.port, durable: options.durable })
}

export function pathsBelow(root: string): DataFolderPaths {
  return {
    root,
    store: join(root, 'store.db'),
    objects: join(root, 'objects'),
    logs: join(root, 'logs'),
    jobs: join(root, 'jobs'),
    agent: join(root, 'agent'),
    client: join(root, 'client'),
    configuration: join(root, 'trainyard.yaml'),
  }
}

class LockedFolder implements DataFolder {
  readonly paths: DataFolderPaths
  readonly previousPort: number | undefined
  readonly #lock: FolderLock
  readonly #durable: DurableFiles
  #announced: ServerFile | undefined

  constructor(
    paths: DataFolderPaths,
    lock: FolderLock,
    rest: { readonly previousPort: number | undefined; readonly durable: DurableFiles },
  ) {
    this.paths = paths
    this.previousPort = rest.previousPort
    this.#lock = lock
    this.#durable = rest.durable
  }

  async announce(server: Omit<ServerFile, 'version' | 'pid' | 'stopped'>): Promise<void> {
    const announced: ServerFile = { version: 1, pid: process.pid, ...server }
    await this.#write(announced)
    this.#announced = announced
  }

  async close(): Promise<void> {
    const announced = this.#announced
    this.#announced = undefined
    // A disk that refuses this hides nothing: a server that does not answer is not there.
    if (announced) await this.#write({ ...announced, stopped: true }).catch(() => undefined)
    this.#lock.release()
  }

  #write(server: ServerFile): Promise<void> {
    const content = `${JSON.stringify(server, undefined, 2)}\n`
    return this.#durable.write(serverFilePath(this.paths.root), content, { mode: 0o600 })
  }
}

async function takeFolder(
  paths: DataFolderPaths,
  { durable, command = SERVER }: DataFolderOptions,
): Promise<FolderLock> {
  let lock: FolderLock | undefined
  try {
    await makeRoot(paths.root)
    lock = FolderLock.take(join(paths.root, LOCK_FILE), command)
    if (!lock) throw await inUse(paths.root)
    await chmod(paths.root, 0o700)
    for (const folder of [paths.objects, paths.logs, paths.jobs, paths.agent, paths.client]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
    await removeTemporaryFiles(paths.root)
    await durable.sync(paths.root)
    return lock
  } catch (error) {
    lock?.release()
    throw folderAccessError(paths.root, error)
  }
}

/** Only whoever has the lock writes into the folder itself, so that these are of the dead. */
async function removeTemporaryFiles(root: string): Promise<void> {
  const names = await readdir(root)
  await Promise.all(names.filter(isTemporaryFile).map((name) => rm(join(root, name), { force: true })))
}

/** Only its owner may look in: keys, data and logs of every job are below. */
async function makeRoot(root: string): Promise<void> {
  await makeFolders(root, 0o700)
  await refuseForeignFolder(root)
  await refuseNetworkFileSystem(root)
}

const LOCK_FILE = 'lock.db'
/** A folder that holds one of these is a data folder, or is meant to become one. */
const MARKS = [LOCK_FILE, 'trainyard.yaml', 'identity.json', 'store.db'] as const
/** At the root of a file system that was made for us. */
const EMPTY_DISK = 'lost+found'

/** A file that is there while a folder is made from a backup: what is in it so far is no server's state. */
export function restoringMark(root: string): string {
  return join(root, RESTORING)
}

const RESTORING = 'restoring'

/** Closing a folder to everybody else is fine for ours; it would be a disaster for `--data /tmp`. */
async function refuseForeignFolder(root: string): Promise<void> {
  const entries = await readdir(root)
  if (entries.includes(RESTORING))
    throw new DataFolderError('NotOurs', `The restore of ${root} was cut off. Remove the folder and restore it again.`)
  const isOurs = MARKS.some((mark) => entries.includes(mark))
  if (isOurs || entries.every((entry) => entry === EMPTY_DISK)) return
  throw new DataFolderError(
    'NotOurs',
    `The folder ${root} holds other files and is no data folder. Choose an empty or a new one with --data.`,
  )
}

async function refuseNetworkFileSystem(root: string): Promise<void> {
  const name = await networkFileSystem(root)
  if (name === undefined) return
  throw new DataFolderError(
    'NetworkFileSystem',
    `The data folder ${root} lies on a network file system (${name}), whose locks and syncs cannot be relied on. Choose a folder on a local disk with --data.`,
  )
}

/** For whoever looks for a server and finds none that answers. @throws DataFolderError `InUse` where a program has the folder nevertheless */
export async function refuseTaken(path: string): Promise<undefined> {
  const root = resolve(path)
  if (FolderLock.isHeld(join(root, LOCK_FILE))) throw await inUse(root)
}

/** What holds the folder of a server. */
const SERVER = 'serve'

async function inUse(root: string): Promise<DataFolderError> {
  const holder = FolderLock.holder(join(root, LOCK_FILE))
  const isServer = holder?.command === SERVER
  const announced = isServer ? await readServerFile(root) : undefined
  // What a server that was killed left behind says nothing about the one that has the lock now.
  const url = announced?.pid === holder?.pid ? announced?.url : undefined
  const by = isServer ? serverText(holder.pid, url) : commandText(holder)
  const cure = isServer ? 'Use that server, stop it,' : 'Wait until that has ended, stop it,'
  const text = `The data folder ${root} is in use by ${by}. ${cure} or choose another folder with --data.`
  return new DataFolderError('InUse', text, { user: { name: by, ...(url === undefined ? {} : { url }) } })
}

function serverText(pid: number, url: string | undefined): string {
  return `the server with pid ${pid}, which ${url === undefined ? 'is starting or ending just now' : `listens on ${url}`}`
}

function commandText(holder: LockHolder | undefined): string {
  return holder ? `trainyard ${holder.command} (pid ${holder.pid})` : 'another program, which has just taken it'
}
