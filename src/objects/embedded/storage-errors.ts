import { ObjectStoreError } from '../objects.ts'

/** What the operating system says when the disk is full, over quota, read-only or failing. */
const DISK_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE'])
/** SQLite's primary result codes for the same: PERM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB. */
const SQLITE_CODES = new Set([3, 8, 10, 11, 13, 14, 26])

/** Runs an access to the disk; what the disk refuses becomes StorageUnavailable, with its cause. */
export async function onDisk<Result>(access: () => Promise<Result>): Promise<Result> {
  try {
    return await access()
  } catch (error) {
    throw storageError(error)
  }
}

/** @returns a StorageUnavailable for an error of the disk, else the error itself */
export function storageError(error: unknown): unknown {
  if (!(error instanceof Error) || !isDiskError(error)) return error
  return new ObjectStoreError(
    'StorageUnavailable',
    `The object store cannot use its disk: ${error.message}. Free space on it or mend it, then try again.`,
    { cause: error },
  )
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}

function isDiskError(error: Error): boolean {
  const { code, errcode } = error as { readonly code?: string; readonly errcode?: number }
  if (code === 'ERR_SQLITE_ERROR') return errcode !== undefined && SQLITE_CODES.has(errcode & 0xff)
  return code !== undefined && DISK_CODES.has(code)
}
