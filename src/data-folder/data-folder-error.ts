/** A data folder that a server cannot have; the message says why and what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
  readonly code: 'InUse' | 'NotOurs' | 'NotWritable' | 'DiskFull' | 'NetworkFileSystem' | 'BadConfiguration'

  /** Of `InUse`: who has it. */
  readonly user: FolderUser | undefined

  constructor(code: DataFolderError['code'], message: string, options: DataFolderErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.user = options.user
  }
}

/** The program that has a data folder. */
export interface FolderUser {
  /** `trainyard prune (pid 4711)` */
  readonly name: string
  /** Of a server, once it has said where it listens. */
  readonly url?: string
}

interface DataFolderErrorOptions extends ErrorOptions {
  readonly user?: FolderUser
}

/** @returns a DataFolderError for what the file system or SQLite refuses; every other error as it is */
export function folderAccessError(root: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DataFolderError || !('code' in error)) return error
  if (isDiskFull(error)) {
    const text = `The disk of the data folder ${root} is full. Free some space, or choose a folder on another disk with --data.`
    return new DataFolderError('DiskFull', text, { cause: error })
  }
  const text = `The data folder ${root} cannot be made or written (${error.message}). Choose another with --data, or mend its permissions.`
  return new DataFolderError('NotWritable', text, { cause: error })
}

/** SQLite's result code SQLITE_FULL. */
const SQLITE_FULL = 13

function isDiskFull(error: Error): boolean {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown }
  return code === 'ENOSPC' || code === 'EDQUOT' || errcode === SQLITE_FULL
}
