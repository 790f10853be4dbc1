import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * The one module of durable writes: what it has done is on the disk when its promise resolves, and a crash at any instant leaves the old
 * or the new, never a part. An interface, so that the crash tests can put a disk that loses power in its place.
 */
export interface DurableFiles {
  /** Puts `content` in the place of whatever `path` holds: written beside it, synced, renamed, the folder synced. */
  write(path: string, content: string | Uint8Array, options?: { readonly mode?: number }): Promise<void>
  /** Removes a file, and the removal is on the disk. What is not there is no error. */
  remove(path: string): Promise<void>
  /** Syncs a file that somebody else has written, and the folder it is in. */
  sync(path: string): Promise<void>
}

/** The real disk. */
export const systemDurableFiles: DurableFiles = {
  async write(path, content, options = {}) {
    const temporary = `${path}.tmp`
    await withFile(temporary, 'w', options.mode ?? 0o600, async (file) => {
      await file.writeFile(content)
      // A temporary file that a crash left behind keeps its mode when it is opened again.
      await file.chmod(options.mode ?? 0o600)
      await file.sync()
    })
    await rename(temporary, path)
    await syncFolder(dirname(path))
  },
  async remove(path) {
    await rm(path, { force: true })
    await syncFolder(dirname(path))
  },
  async sync(path) {
    await withFile(path, 'r', 0, (file) => file.sync())
    await syncFolder(dirname(path))
  },
}

function syncFolder(path: string): Promise<void> {
  return withFile(path, 'r', 0, (folder) => folder.sync())
}

async function withFile(
  path: string,
  flags: string,
  mode: number,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, mode)
  try {
    await use(file)
  } finally {
    await file.close()
  }
}
