const LAST_CODE_POINT = 0x10ffff

/** What a page asks for of things that have keys. */
export interface WalkQuery {
  readonly prefix: string
  readonly delimiter?: string
  readonly limit: number
}

/** Where a walk over keys begins, in UTF-8 binary order. */
export interface Start {
  readonly key: string
  readonly inclusive: boolean
}

export interface Walked<Item> {
  readonly items: readonly Item[]
  readonly commonPrefixes: readonly string[]
  /** The last key or common prefix of a page that is not the last one. */
  readonly next?: string
}

/**
 * One page of things in the order of their keys. A common prefix costs one step however many keys lie under it: the walk is begun again behind it.
 * At most `limit + 1` rows and prefixes are looked at.
 * @param rows those from a start on, before the key `until`; the walk ends the iteration within its turn of the event loop
 * @param after key or common prefix behind which the page begins
 */
export function walkKeys<Item extends { readonly key: string }>(
  rows: (start: Start, until: string | undefined) => Iterable<Item>,
  query: WalkQuery,
  after: string | undefined,
): Walked<Item> {
  const items: Item[] = []
  const commonPrefixes: string[] = []
  const until = keyAfterPrefix(query.prefix)
  let last: string | undefined
  let start = firstStart(query, after)
  while (start) {
    const walk: Iterable<Item> = rows(start, until)
    start = undefined
    for (const item of walk) {
      if (items.length + commonPrefixes.length >= query.limit) return cut({ items, commonPrefixes }, last)
      const common = commonPrefix(item.key, query)
      last = common ?? item.key
      if (common === undefined) {
        items.push(item)
        continue
      }
      commonPrefixes.push(common)
      start = startBehind(common)
      break
    }
  }
  return { items, commonPrefixes }
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

/** A page that ended with a common prefix goes on behind everything under it. */
function firstStart(query: WalkQuery, after: string | undefined): Start | undefined {
  if (after === undefined || !isBehind(after, query.prefix)) return { key: query.prefix, inclusive: true }
  if (commonPrefix(after, query) === after) return startBehind(after)
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

/** What a key is rolled up to: everything up to the first delimiter behind the prefix. */
function commonPrefix(key: string, { prefix, delimiter }: WalkQuery): string | undefined {
  if (!delimiter || !key.startsWith(prefix)) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

/** A page that is cut; without a last entry the limit was zero, and S3 then says that there is no more. */
function cut<Item>(page: Walked<Item>, last: string | undefined): Walked<Item> {
  return last === undefined ? page : { ...page, next: last }
}
