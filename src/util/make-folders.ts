import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isMissing } from './error-code.ts'

/**
 * Makes a folder that a user has named, with those above it that are missing. Node's own `mkdir` with `recursive` never ends where the kernel says of a folder's child
 * that it is not there, as it does below /proc.
 *
 * @param mode of each that is made
 * @throws what the file system says: EACCES, ENOTDIR, ENOENT …
 */
export async function makeFolders(path: string, mode = 0o777): Promise<void> {
  try {
    await makeFolder(path, mode)
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error
    await makeFolders(dirname(path), mode)
    await makeFolder(path, mode)
  }
}

/** One that is there is as good: somebody else may have made it meanwhile. */
async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    const found = await stat(path).catch(() => undefined)
    if (!found?.isDirectory()) throw error
  }
}
