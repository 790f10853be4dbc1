import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { durableFileError } from './durable-file-error.ts'
import { SharedRuns } from './shared-runs.ts'

/**
 * The one module of durable writes: what it has done is on the disk when its promise resolves, and a crash at any instant leaves the old
 * or the new, never a part. An interface, so that the crash tests can put a disk that loses power in its place. Every method throws DurableFileError;
 * a reader then finds the old, or, if it was the last sync that failed, the new.
 */
export interface DurableFiles {
  /** Puts `content` in the place of whatever `path` holds. Of several writers at once the last to finish wins. */
  write(path: string, content: string | Uint8Array, options?: DurableWriteOptions): Promise<void>
  /** @returns false where `path` holds something already, which stays as it is; of several makers at once one succeeds */
  create(path: string, content: string | Uint8Array, options?: DurableWriteOptions): Promise<boolean>
  /** Removes a file. What is not there is no error. */
  remove(path: string): Promise<void>
  /**
   * Puts a file or folder that somebody else has written on the disk, and its entry in the folder it is in.
   * @param file the same file where it is open already: it need not be opened again
   */
  sync(path: string, file?: FileHandle): Promise<void>
}

export interface DurableWriteOptions {
  /** Permissions of the file, 0600 unless told otherwise, whatever the umask. */
  readonly mode?: number
}

/** Makes the names of temporary files differ within one process; the pid makes them differ between two. */
let written = 0

/** The real disk. */
export const systemDurableFiles: DurableFiles = {
  async write(path, content, options) {
    await named('write', path, async () => {
      await throughTemporary(path, { content, ...options }, (temporary) => rename(temporary, path))
      await syncFolder(dirname(path))
    })
  },

  create(path, content, options) {
    return named('make', path, async () => {
      const isNew = await throughTemporary(path, { content, ...options }, async (temporary) => {
        // A second name, unlike a rename, never takes the place of a file.
        const linked = await link(temporary, path).then(() => true, unless('EEXIST', false))
        await unlink(temporary)
        return linked
      })
      await syncFolder(dirname(path))
      return isNew
    })
  },

  remove(path) {
    return named('remove', path, async () => {
      await unlink(path).catch(unless('ENOENT', undefined))
      // Also when the file was gone: who removed it may have died before this.
      await syncFolder(dirname(path)).catch(unless('ENOENT', undefined))
    })
  },

  sync(path, file) {
    return named('sync', path, async () => {
      await (file ? file.sync() : withFile(path, 'r', (own) => own.sync()))
      await syncFolder(dirname(path))
    })
  },
}

/**
 * Writes a file beside `path`, syncs it and hands its name to `place`. It is gone when that fails; one that a crash leaves behind harms nobody.
 */
async function throughTemporary<Result>(
  path: string,
  { content, mode = 0o600 }: DurableWriteOptions & { readonly content: string | Uint8Array },
  place: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const temporary = `${path}.${process.pid}-${++written}.tmp`
  try {
    await withFile(temporary, 'w', async (file) => {
      await file.chmod(mode)
      await file.writeFile(content)
      await file.sync()
    })
    return await place(temporary)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

/** Files that are made in one folder at the same time wait for one sync of it together. */
const folderSyncs = new SharedRuns()

/** Without it a new name, or the end of an old one, may be lost although the file's bytes are not. */
function syncFolder(path: string): Promise<void> {
  return folderSyncs.run(path, () => withFile(path, 'r', (folder) => folder.sync()))
}

async function withFile(path: string, flags: 'r' | 'w', use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await use(file)
  } finally {
    await file.close()
  }
}

async function named<Result>(action: string, path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw durableFileError(action, path, error)
  }
}

/** @returns a handler that takes one error code for `value` and throws all others on */
function unless<Value>(code: string, value: Value): (error: unknown) => Value {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === code) return value
    throw error
  }
}
