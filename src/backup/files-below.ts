import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isMissing } from '../util/error-code.ts'

/** Relative paths of the plain files at any depth below a folder; none where there is no folder. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
