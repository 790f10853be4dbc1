import type { ListPosition, ListQuery } from '../store.ts'

/** What the statements of one list are run with; bounds are inclusive, of whole milliseconds. */
export interface ListRange {
  readonly account: string
  readonly region: string
  readonly status?: string
  readonly warmPool?: string
  /** A LIKE pattern. */
  readonly pattern?: string
  /** Every three letters that follow one another in the text, for the index of names. */
  readonly pieces?: readonly string[]
  readonly createdFrom: number
  readonly createdTo: number
  readonly modifiedFrom?: number
  readonly modifiedTo?: number
  readonly byName: boolean
  readonly ascending: boolean
  /** Key in the list's order after which it goes on. */
  readonly after: ListKey
}

/** Of lists by creation time the first two members count, of lists by name the last, which is in lower case. */
export interface ListKey {
  readonly time: number
  readonly id: string
  readonly name: string
}

const EARLIEST = Number.MIN_SAFE_INTEGER
/** One less than the largest, so that there is a number beyond it. */
const LATEST = Number.MAX_SAFE_INTEGER - 1
/** What names can have in them, and long enough for their index. */
const INDEXED_TEXT = /^[A-Za-z0-9-]{3,}$/
/** Sorts after every name. */
const HIGHEST = '\u{10FFFF}'

/** @param query by creation time or by name */
export function listRange(query: ListQuery): ListRange {
  const { account, region, statusEquals, warmPoolStatusEquals, nameContains } = query
  const modifiedFrom = first(query.lastModifiedTimeAfter)
  const modifiedTo = last(query.lastModifiedTimeBefore)
  const createdFrom = first(query.creationTimeAfter) ?? EARLIEST
  // No job was modified before it was created.
  const createdTo = Math.min(last(query.creationTimeBefore) ?? LATEST, modifiedTo ?? LATEST)
  const ascending = query.ascending ?? false
  return {
    account,
    region,
    ...(statusEquals === undefined ? {} : { status: statusEquals }),
    ...(warmPoolStatusEquals === undefined ? {} : { warmPool: warmPoolStatusEquals }),
    // An empty text is in every name.
    ...(nameContains ? { pattern: `%${nameContains.replaceAll(/[\\%_]/g, String.raw`\$&`)}%` } : {}),
    ...(nameContains && INDEXED_TEXT.test(nameContains) ? { pieces: piecesOf(nameContains) } : {}),
    createdFrom,
    createdTo,
    ...(modifiedFrom === undefined ? {} : { modifiedFrom }),
    ...(modifiedTo === undefined ? {} : { modifiedTo }),
    byName: query.sortBy === 'name',
    ascending,
    after: startOf(query.after, { ascending, createdFrom, createdTo }),
  }
}

function piecesOf(text: string): readonly string[] {
  const all = Array.from({ length: text.length - 2 }, (_, at) => text.slice(at, at + 3))
  return [...new Set(all)]
}

/** The first whole millisecond after a time. */
function first(after: number | undefined): number | undefined {
  return after === undefined ? undefined : Math.floor(after) + 1
}

function last(before: number | undefined): number | undefined {
  return before === undefined ? undefined : Math.ceil(before) - 1
}

/** The position that a page was left at, or the bound of the times, whichever is further on: one key, so that one index range begins there. */
function startOf(
  position: ListPosition | undefined,
  range: Pick<ListRange, 'ascending' | 'createdFrom' | 'createdTo'>,
): ListKey {
  const { ascending, createdFrom, createdTo } = range
  const name = position?.name.toLowerCase() ?? (ascending ? '' : HIGHEST)
  // No id is the empty text, so it stands before all of its time.
  const bound = { time: ascending ? createdFrom : createdTo + 1, id: '', name }
  if (!position) return bound
  const beyond = ascending ? position.creationTime >= bound.time : position.creationTime < bound.time
  return beyond ? { time: position.creationTime, id: position.id, name } : bound
}

/** Beyond all jobs of a creation time. */
export function keyAfterTime(time: number, { ascending, after }: ListRange): ListKey {
  return { time, id: ascending ? HIGHEST : '', name: after.name }
}

export function hasCreationBounds({ createdFrom, createdTo }: ListRange): boolean {
  return createdFrom !== EARLIEST || createdTo !== LATEST
}
