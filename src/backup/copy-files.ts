import { constants } from 'node:fs'
import { chmod, chown, copyFile, mkdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DurableFiles } from '../durable/durable-files.ts'
import { isMissing } from '../util/error-code.ts'

/** Files on their way at once: enough for the disk to take their syncs together. */
const AT_ONCE = 8

export interface CopyOrder {
  readonly from: string
  readonly to: string
  readonly durable: Pick<DurableFiles, 'flush'>
  /** To whom copies belong; to whoever the original belongs to if not given. Only root can give files away. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

export interface Copied {
  readonly files: number
  readonly bytes: number
  /** Relative paths of files that were no longer there. */
  readonly gone: readonly string[]
}

/**
 * Copies files below one folder to the same places below another, cloned where the file system can; each is whole under its name, and on the disk with the folders that it is in.
 * What is there already in the same size, and of the same time where that is asked for, is left as it is.
 *
 * @param files relative paths
 */
export async function copyFiles(
  files: Iterable<string>,
  order: CopyOrder,
  options: { readonly byTime?: boolean; readonly onCopied?: (bytes: number) => void } = {},
): Promise<Copied> {
  const left = files[Symbol.iterator]()
  const folders = new Set<string>()
  const total = { files: 0, bytes: 0, gone: [] as string[] }
  const work = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const bytes = await copyOne(next.value, order, { ...options, folders })
      if (bytes === 'gone') total.gone.push(next.value)
      if (typeof bytes !== 'number') continue
      total.files += 1
      total.bytes += bytes
      options.onCopied?.(bytes)
    }
  }
  const works = Array.from({ length: AT_ONCE }, work)
  await Promise.all(works).catch(async (error: unknown) => {
    await Promise.allSettled(works)
    throw error
  })
  for (const folder of withParents(folders, order.to)) await order.durable.flush(folder)
  return total
}

/** @returns its bytes */
async function copyOne(
  file: string,
  { from, to, owner, durable }: CopyOrder,
  { byTime = false, folders }: { readonly byTime?: boolean; readonly folders: Set<string> },
): Promise<number | 'there' | 'gone'> {
  const source = join(from, file)
  const target = join(to, file)
  const original = await stat(source).catch(unlessMissing)
  if (original === undefined) return 'gone'
  const copy = await stat(target).catch(unlessMissing)
  const folder = dirname(target)
  if (!copy && !folders.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 })
  // Also of one that is there: who has put it there may not have come so far as to sync its folder.
  folders.add(folder)
  if (copy && copy.size === original.size && (!byTime || sameSecond(copy.mtimeMs, original.mtimeMs))) return 'there'
  const part = `${target}.part`
  try {
    await rm(part, { force: true })
    await copyFile(source, part, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    await chmod(part, 0o600)
    if (process.getuid?.() === 0) await chown(part, owner?.uid ?? original.uid, owner?.gid ?? original.gid)
    await utimes(part, original.atime, original.mtime)
    await durable.flush(part)
    const { size } = await stat(part)
    await rename(part, target)
    return size
  } catch (error) {
    await rm(part, { force: true })
    if (unlessMissingIs(error) && (await stat(source).catch(unlessMissing)) === undefined) return 'gone'
    throw error
  }
}

/** Some file systems keep times less finely than others. */
function sameSecond(one: number, other: number): boolean {
  return Math.abs(one - other) < 1000
}

/** A folder that was made is an entry of the one it is in. */
function withParents(folders: Iterable<string>, root: string): ReadonlySet<string> {
  const all = new Set<string>()
  for (let folder of folders) {
    for (; folder !== root && !all.has(folder); folder = dirname(folder)) all.add(folder)
    all.add(root)
  }
  return all
}

function unlessMissing(error: unknown): undefined {
  if (!unlessMissingIs(error)) throw error
  return undefined
}

function unlessMissingIs(error: unknown): boolean {
  return isMissing(error)
}
