import { link, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from '../util/error-code.ts'
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
  sync(path: string, file?: Pick<OpenFile, 'sync'>): Promise<void>
  /** Puts what a file holds, or the entries of a folder, on the disk, and nothing more: that its own entry is there is the caller's to see to. */
  flush(path: string): Promise<void>
}

/** What is asked of a file that is open; node's `FileHandle` is one. */
export interface OpenFile {
  chmod(mode: number): Promise<void>
  writeFile(content: string | Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** The calls of the operating system that all of it is made of, as `node:fs/promises` has them. */
export interface FileSystem {
  open(path: string, flags: 'r' | 'w', mode: number): Promise<OpenFile>
  rename(from: string, to: string): Promise<void>
  link(existing: string, path: string): Promise<void>
  unlink(path: string): Promise<void>
}

export interface DurableWriteOptions {
  /** Permissions of the file, 0600 unless told otherwise, whatever the umask. */
  readonly mode?: number
}

/** Whether a file of this name is what a crash left of a write that was not done: nobody reads it. */
export function isTemporaryFile(name: string): boolean {
  return /\.\d+-\d+\.tmp$/.test(name)
}

/** Makes the names of temporary files differ within one process; the pid makes them differ between two. */
let written = 0

/** @param disk in place of the real one: the tests have one that loses power */
export function durableFilesOn(disk: FileSystem): DurableFiles {
  const files = new FilesOnDisk(disk)
  return {
    write: (path, content, options) => named('write', path, () => files.write(path, content, options)),
    create: (path, content, options) => named('make', path, () => files.create(path, content, options)),
    remove: (path) => named('remove', path, () => files.remove(path)),
    sync: (path, file) => named('sync', path, () => files.sync(path, file)),
    flush: (path) => named('sync', path, () => files.flush(path)),
  }
}

class FilesOnDisk implements DurableFiles {
  readonly #disk: FileSystem
  /** Files that are made in one folder at the same time wait for one sync of it together. */
  readonly #folderSyncs = new SharedRuns()

  constructor(disk: FileSystem) {
    this.#disk = disk
  }

  async write(path: string, content: string | Uint8Array, options?: DurableWriteOptions): Promise<void> {
    await this.#throughTemporary(path, { content, ...options }, (temporary) => this.#disk.rename(temporary, path))
    await this.#syncFolder(dirname(path))
  }

  async create(path: string, content: string | Uint8Array, options?: DurableWriteOptions): Promise<boolean> {
    const isNew = await this.#throughTemporary(path, { content, ...options }, async (temporary) => {
      // A second name, unlike a rename, never takes the place of a file.
      const linked = await this.#disk.link(temporary, path).then(() => true, unless('EEXIST', false))
      await this.#disk.unlink(temporary)
      return linked
    })
    await this.#syncFolder(dirname(path))
    return isNew
  }

  async remove(path: string): Promise<void> {
    await this.#disk.unlink(path).catch(unless('ENOENT', undefined))
    // Also when the file was gone: who removed it may have died before this.
    await this.#syncFolder(dirname(path)).catch(unless('ENOENT', undefined))
  }

  async sync(path: string, file?: Pick<OpenFile, 'sync'>): Promise<void> {
    await (file ? file.sync() : this.flush(path))
    await this.#syncFolder(dirname(path))
  }

  flush(path: string): Promise<void> {
    return this.#withFile(path, 'r', (file) => file.sync())
  }

  /** Writes a file beside `path`, syncs it and hands its name to `place`. It is gone when that fails; one that a crash leaves behind harms nobody, and goes when the folder is next taken. */
  async #throughTemporary<Result>(
    path: string,
    { content, mode = 0o600 }: DurableWriteOptions & { readonly content: string | Uint8Array },
    place: (temporary: string) => Promise<Result>,
  ): Promise<Result> {
    const temporary = `${path}.${process.pid}-${++written}.tmp`
    try {
      await this.#withFile(temporary, 'w', async (file) => {
        await file.chmod(mode)
        await file.writeFile(content)
        await file.sync()
      })
      return await place(temporary)
    } catch (error) {
      await this.#disk.unlink(temporary).catch(() => undefined)
      throw error
    }
  }

  /** Without it a new name, or the end of an old one, may be lost although the file's bytes are not. */
  #syncFolder(path: string): Promise<void> {
    return this.#folderSyncs.run(path, () => this.flush(path))
  }

  async #withFile(path: string, flags: 'r' | 'w', use: (file: OpenFile) => Promise<void>): Promise<void> {
    const file = await this.#disk.open(path, flags, 0o600)
    try {
      await use(file)
    } finally {
      await file.close()
    }
  }
}

/** The real disk. */
export const systemDurableFiles = durableFilesOn({ open, rename, link, unlink })

const noWait = () => Promise.resolve()

/**
 * The same, but nothing waits for the disk: for a folder that goes with the process that made it, of which a loss of power leaves nothing that anybody would read. A
 * process that is killed still leaves the old or the new.
 */
export const unsyncedFiles: DurableFiles = {
  ...durableFilesOn({ open: openUnsynced, rename, link, unlink }),
  sync: noWait,
  flush: noWait,
}

async function openUnsynced(path: string, flags: 'r' | 'w', mode: number): Promise<OpenFile> {
  const file = await open(path, flags, mode)
  return {
    chmod: (bits) => file.chmod(bits),
    writeFile: (content) => file.writeFile(content),
    sync: noWait,
    close: () => file.close(),
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
    if (errorCode(error) === code) return value
    throw error
  }
}
