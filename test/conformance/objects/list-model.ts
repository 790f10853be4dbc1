import type { ListObjectsQuery } from '../../../src/objects/objects.ts'

/** What S3 lists, written down plainly: one entry a key or common prefix, in UTF-8 order. The reference for stores that are quick. */
export function listAll(
  keys: readonly string[],
  { prefix, delimiter, after = '' }: Omit<ListObjectsQuery, 'bucket' | 'limit'>,
): string[] {
  const entries = new Set<string>()
  for (const key of [...keys].sort(utf8Order)) {
    if (!key.startsWith(prefix) || utf8Order(key, after) <= 0) continue
    const at = delimiter ? key.indexOf(delimiter, prefix.length) : -1
    const entry = at < 0 || !delimiter ? key : key.slice(0, at + delimiter.length)
    if (entry !== after || at < 0) entries.add(entry)
  }
  return [...entries].sort(utf8Order)
}

export function utf8Order(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
