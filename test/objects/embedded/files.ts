import { readdir } from 'node:fs/promises'
import path from 'node:path'

/** Paths of all blobs of a store's folder. */
export async function blobFiles(folder: string): Promise<string[]> {
  const root = path.join(folder, 'blobs')
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name))
}
