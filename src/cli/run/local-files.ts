import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

export interface LocalFile {
  readonly path: string
  /** Below the folder that was asked for, with slashes. */
  readonly name: string
  /** Bytes. */
  readonly size: number
}

/**
 * The files at and below a path, in the order of their names. Links are followed, each folder once; what is neither file nor folder is left out.
 *
 * @param leaveOut names of files and folders to pass over
 */
export async function localFiles(
  path: string,
  leaveOut: ReadonlySet<string> = new Set(),
): Promise<readonly LocalFile[]> {
  const stats = await stat(path)
  if (!stats.isDirectory()) return [{ path, name: basename(path), size: stats.size }]
  return Array.fromAsync(walk(path, '', { leaveOut, seen: new Set() }))
}

interface Walk {
  readonly leaveOut: ReadonlySet<string>
  /** Real paths of folders, so that a link to a folder above does not lead round for ever. */
  readonly seen: Set<string>
}

async function* walk(folder: string, prefix: string, walking: Walk): AsyncGenerator<LocalFile> {
  const real = await realpath(folder)
  if (walking.seen.has(real)) return
  walking.seen.add(real)
  for (const entry of (await readdir(folder)).sort()) {
    if (walking.leaveOut.has(entry)) continue
    const path = join(folder, entry)
    const stats = await stat(path)
    if (stats.isDirectory()) yield* walk(path, `${prefix}${entry}/`, walking)
    else if (stats.isFile()) yield { path, name: `${prefix}${entry}`, size: stats.size }
  }
}
