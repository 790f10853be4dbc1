import type { LocalFile } from '../objects/objects.ts'
import type { ChannelFile } from '../runtime/runtime.ts'
import { InstanceError } from '../runtime/runtime.ts'

/**
 * Where an object of an S3Prefix channel lies under the channel's folder (behaviour 4.2, the rule that covers all): a key equal to the prefix
 * is named by its last segment; a prefix that names a folder is cut off; any other prefix is cut after its last `/`.
 *
 * @returns undefined for a folder marker, a key ending in `/`
 */
export function localPath(prefix: string, key: string): string | undefined {
  if (key.endsWith('/')) return undefined
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const namesFolder = prefix !== folder && key.startsWith(`${prefix}/`)
  const base = namesFolder ? `${prefix}/` : folder
  return key.slice(base.length)
}

/**
 * The files of a channel, checked while they pass: a key that cannot be a file below the channel's folder, or two keys of which one is the other's
 * folder, fail the download (behaviour 4.2, unknown on AWS).
 *
 * Keys come in binary order, in which `a`, `a-b`, `a/c` may stand apart; so all names that are files, and all that are folders, are remembered.
 */
export async function* channelFiles(
  prefix: string,
  uri: string,
  objects: AsyncIterable<LocalFile>,
): AsyncGenerator<ChannelFile> {
  const files = new Set<string>()
  const folders = new Set<string>()
  for await (const { key, size, path: source } of objects) {
    const path = localPath(prefix, key)
    if (path === undefined) continue
    if (!isPlainPath(path))
      throw new InstanceError('client', `Unable to write object ${uri}: key ${key} is no file name`)
    const parents = parentsOf(path)
    if (files.has(path) || folders.has(path) || parents.some((parent) => files.has(parent))) {
      throw new InstanceError('client', `Two objects under ${uri} need the same file name: ${path}`)
    }
    files.add(path)
    for (const parent of parents) folders.add(parent)
    yield { path, size, source }
  }
}

function isPlainPath(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
