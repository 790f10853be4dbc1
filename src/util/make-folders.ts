import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder that a user has named, with those above it that are missing. Node's own `mkdir` with `recursive` never ends where the kernel says of a folder's child
 * that it is not there, as it does below /proc.
 *
 * @param mode of each that is made
 * @throws what the file system says: EACCES, ENOTDIR, ENOENT …
 */
export async function makeFolders(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'ENOENT' && dirname(path) !== path) {
      await makeFolders(dirname(path), mode)
      await makeOne(path, mode)
    } else if (!(await isFolder(path))) throw error
  }
}

/** Somebody else may have made it meanwhile. */
async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    if (!(await isFolder(path))) throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}
