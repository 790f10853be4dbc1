import type { ListObjectsQuery, ObjectInfo, ObjectPage } from '../objects.ts'
import type { KeyRange, ObjectRows } from './object-rows.ts'

const LAST_CODE_POINT = 0x10ffff

/**
 * One page of a bucket. A common prefix costs one step however many keys lie under it: the walk is begun again behind it.
 * At most `limit + 1` rows and prefixes are looked at.
 */
export function listObjects(rows: Pick<ObjectRows, 'range'>, query: ListObjectsQuery): ObjectPage {
  const objects: ObjectInfo[] = []
  const commonPrefixes: string[] = []
  let last: string | undefined
  let start = firstStart(query)
  while (start) {
    const range = { bucket: query.bucket, from: start, until: keyAfterPrefix(query.prefix) }
    start = undefined
    for (const found of entries(rows, range, query)) {
      if (objects.length + commonPrefixes.length >= query.limit) return page(objects, commonPrefixes, last)
      last = found.name
      if (found.object) {
        objects.push(found.object)
        continue
      }
      commonPrefixes.push(found.name)
      start = startBehind(found.name)
      break
    }
  }
  return { objects, commonPrefixes }
}

/** The first key in order that is greater than every key with this prefix; undefined if there is none. */
export function keyAfterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0)
  while (points.at(-1) === LAST_CODE_POINT) points.pop()
  const lastPoint = points.pop()
  if (lastPoint === undefined) return undefined
  // The surrogates are no characters: after U+D7FF comes U+E000.
  const next = lastPoint === 0xd7ff ? 0xe000 : lastPoint + 1
  return String.fromCodePoint(...points, next)
}

type Start = KeyRange['from']

/** A page that ended with a common prefix goes on behind everything under it. */
function firstStart({ prefix, delimiter, after }: ListObjectsQuery): Start | undefined {
  if (after === undefined || !isBehind(after, prefix)) return { key: prefix, inclusive: true }
  if (commonPrefix(after, prefix, delimiter) === after) return startBehind(after)
  return { key: after, inclusive: false }
}

function startBehind(prefix: string): Start | undefined {
  const key = keyAfterPrefix(prefix)
  return key === undefined ? undefined : { key, inclusive: true }
}

/** In UTF-8 order, which differs from that of JavaScript's strings beyond U+FFFF. */
function isBehind(key: string, other: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(other)) >= 0
}

interface Entry {
  readonly name: string
  readonly object?: ObjectInfo
}

function* entries(
  rows: Pick<ObjectRows, 'range'>,
  range: KeyRange,
  { prefix, delimiter }: ListObjectsQuery,
): Generator<Entry> {
  for (const { info } of rows.range(range)) {
    const common = commonPrefix(info.key, prefix, delimiter)
    yield common === undefined ? { name: info.key, object: info } : { name: common }
  }
}

/** What a key is rolled up to: everything up to the first delimiter behind the prefix. */
function commonPrefix(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (!delimiter || !key.startsWith(prefix)) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

/** A page that is cut; without a last entry the limit was zero, and S3 then says that there is no more. */
function page(objects: ObjectInfo[], commonPrefixes: string[], last: string | undefined): ObjectPage {
  return { objects, commonPrefixes, ...(last === undefined ? {} : { next: last }) }
}
