/** A file that could not be put on the disk. */
export class DurableFileError extends Error {
  override readonly name = 'DurableFileError'
  /** The operating system's: `ENOSPC`, `EROFS`, `EACCES` … */
  readonly code: string
  readonly path: string

  constructor(code: string, path: string, message: string, options: ErrorOptions) {
    super(message, options)
    this.code = code
    this.path = path
  }
}

const FULL = 'the disk is full. Free some space and try again'
const FORBIDDEN = 'this user may not. Check the permissions of its folder'

/** What is wrong and what to do, by the operating system's code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: "this user's share of the disk is used up. Free some space and try again",
  EROFS: 'its file system is mounted read-only',
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  ENOENT: 'its folder does not exist',
  EIO: "the disk failed. Look into the system's log for why",
}

/** Names an error of the file system; every other is handed back as it is. */
export function durableFileError(action: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error
  const reason = REASONS[error.code] ?? error.message
  return new DurableFileError(error.code, path, `Cannot ${action} ${path}: ${reason}.`, { cause: error })
}
