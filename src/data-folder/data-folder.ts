import { chmod, mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { DurableFiles } from '../durable/durable-files.ts'
import { DataFolderError } from './data-folder-error.ts'
import { FolderLock } from './folder-lock.ts'
import { readServerFile, serverFilePath, type ServerFile } from './server-file.ts'

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
  /** Says where this server listens, for the command line and for the next start. */
  announce(server: Omit<ServerFile, 'version' | 'pid'>): Promise<void>
  /** Gives the folder free. Idempotent. */
  close(): Promise<void>
}

/**
 * Makes or takes a data folder: one server at a time, held by a lock of the kernel's that dies with the process.
 *
 * @throws DataFolderError where another server has it, on a network file system, or where it cannot be written
 */
export async function openDataFolder(options: {
  readonly path: string
  readonly durable: DurableFiles
}): Promise<DataFolder> {
  const paths = pathsBelow(options.path)
  await makeFolders(paths)
  await refuseNetworkFileSystem(paths.root)
  const lock = FolderLock.take(join(paths.root, 'lock.db'))
  if (!lock) throw inUse(paths.root, await readServerFile(paths.root))
  const previous = await readServerFile(paths.root)
  return {
    paths,
    previousPort: previous?.port,
    announce: async (server) => {
      const content = JSON.stringify({ version: 1, pid: process.pid, ...server }, undefined, 2)
      await options.durable.write(serverFilePath(paths.root), `${content}\n`, { mode: 0o600 })
    },
    // server.json stays: it holds the port for the next start, and a dead pid says that nobody listens.
    close: async () => lock.release(),
  }
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

/** Only its owner may look in: keys, data and logs of every job are below. */
async function makeFolders(paths: DataFolderPaths): Promise<void> {
  try {
    await mkdir(paths.root, { recursive: true, mode: 0o700 })
    await chmod(paths.root, 0o700)
    for (const folder of [paths.objects, paths.logs, paths.jobs, paths.agent, paths.client]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new DataFolderError(
      'NotWritable',
      `The data folder ${paths.root} cannot be made or written (${detail}). Choose another with --data, or mend its permissions.`,
      { cause: error },
    )
  }
}

/** Magic numbers of statfs(2) for file systems whose locks and syncs cannot be relied on. */
const NETWORK_FILE_SYSTEMS = new Map<number, string>([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
])

async function refuseNetworkFileSystem(root: string): Promise<void> {
  const { type } = await statfs(root)
  const name = NETWORK_FILE_SYSTEMS.get(type >>> 0)
  if (name === undefined) return
  throw new DataFolderError(
    'NetworkFileSystem',
    `The data folder ${root} lies on a network file system (${name}), whose locks and syncs cannot be relied on. Choose a folder on a local disk with --data.`,
  )
}

function inUse(root: string, server: ServerFile | undefined): DataFolderError {
  const by = server ? `the server with pid ${server.pid}, which listens on ${server.url}` : 'another server'
  return new DataFolderError(
    'InUse',
    `The data folder ${root} is in use by ${by}. Use that server, stop it, or choose another folder with --data.`,
  )
}
