import { setImmediate } from 'node:timers/promises'
import type { DatabaseSync } from 'node:sqlite'
import { TRAINING_JOB_STATUSES } from '../../lifecycle/status.ts'
import type { JobPage, JobSummary, ListQuery } from '../store.ts'
import { hasCreationBounds, keyAfterTime, listRange, type ListKey, type ListRange } from './list-range.ts'
import {
  countSql,
  firstRowSql,
  furtherRowSql,
  ListStatements,
  nameSliceSql,
  pageSql,
  rowsSql,
  timeSliceSql,
  valuesOf,
  type ListIndex,
} from './list-statements.ts'
import type { NameIndex } from './name-index.ts'
import { walkInSlices, type Slice } from './walk-in-slices.ts'

/** Jobs looked at before other work gets its turn: 0.3 to 0.6 ms of this thread at a million jobs. */
const SLICE = 2000
/** By name a job may have to be read from its row, which is no part of that index. */
const NAME_SLICE = 500
/** Jobs that are fetched and sorted at once, where an index finds them but in another order than the list's. */
const FEW = 4000

/**
 * Pages of jobs, by key and never by offset. A list by creation time with no more than a status or a warm pool is one range of one covering
 * index and costs the same at a thousand jobs and at a million. Other filters do not lie in the order of the list: where an index of theirs
 * holds few jobs, these are sorted; else the list is walked in slices, between which the event loop turns.
 */
export class ListJobs {
  readonly #statements: ListStatements
  readonly #names: NameIndex

  constructor(database: DatabaseSync, names: NameIndex) {
    this.#statements = new ListStatements(database)
    this.#names = names
  }

  async page(query: ListQuery): Promise<JobPage> {
    // One more than asked for tells whether there is another page.
    const wanted = { ...query, limit: query.limit + 1 }
    const found = query.sortBy === 'status' ? await this.#byStatus(wanted) : await this.#list(wanted)
    const jobs = found.slice(0, query.limit)
    const last = jobs.at(-1)
    if (found.length <= query.limit || !last) return { jobs }
    const { name, status, creationTime, id } = last
    return { jobs, next: { name, status, creationTime, id } }
  }

  /** The lists of all statuses, one after the other. */
  async #byStatus(query: ListQuery): Promise<JobSummary[]> {
    const { ascending = false, statusEquals, after, limit, ...rest } = query
    const all = TRAINING_JOB_STATUSES.toSorted()
    const inOrder = ascending ? all : all.toReversed()
    const from = after ? inOrder.indexOf(after.status) : 0
    const found: JobSummary[] = []
    for (const [index, status] of inOrder.slice(from).entries()) {
      if (statusEquals !== undefined && status !== statusEquals) continue
      const position = index === 0 && after ? { after } : {}
      const list = { ...rest, ...position, ascending, statusEquals: status, sortBy: 'creation-time' } as const
      found.push(...(await this.#list({ ...list, limit: limit - found.length })))
      if (found.length === limit) break
    }
    return found
  }

  async #list(query: ListQuery): Promise<readonly JobSummary[]> {
    const range = listRange(query)
    const { limit } = query
    const index = indexInOrder(range)
    if (isOneRange(range)) return this.#statements.summaries(pageSql(range, index), valuesOf(range, { limit }))
    return this.#walk(range, index, limit)
  }

  /** Those that an index of the filters finds, if they are few: fetched and sorted at once. */
  #few(range: ListRange, limit: number): JobSummary[] | undefined {
    const index = sourcesOf(range).find((source) => this.#holdsFew(range, source))
    return index && this.#statements.summaries(pageSql(range, index), valuesOf(range, { limit }))
  }

  #holdsFew(range: ListRange, index: ListIndex): boolean {
    return Number(this.#statements.value(countSql(range, index), valuesOf(range, { limit: FEW + 1 }))) <= FEW
  }

  /** Those that the index of names finds, if they are few. */
  async #named({ pieces, ...range }: ListRange, limit: number): Promise<JobSummary[] | undefined> {
    const rows = pieces && (await this.#names.rowsWith(pieces))
    if (!rows) return undefined
    return this.#statements.summaries(rowsSql(range), valuesOf(range, { limit, rows: JSON.stringify(rows) }))
  }

  /** The first slice fills most pages; only where it does not, the other indexes are asked. */
  async #walk(from: ListRange, index: ListIndex, limit: number): Promise<readonly JobSummary[]> {
    const { rows, next } = this.#slice(from, index, limit)
    if (!next || rows.length === limit) return rows
    const few = this.#few(from, limit) ?? (await this.#named(from, limit))
    if (few) return few
    await setImmediate()
    const more = await walkInSlices(next, limit - rows.length, (range, most) => this.#slice(range, index, most))
    return [...rows, ...more]
  }

  #slice(range: ListRange, index: ListIndex, limit: number): Slice<ListRange, JobSummary> {
    const end = this.#sliceEnd(range)
    const values = valuesOf(range, { limit, ...boundAt(end, range) })
    const rows = this.#statements.summaries(pageSql(range, index, end !== undefined), values)
    return { rows, next: end && { ...range, after: end } }
  }

  /** @returns undefined when about a slice is left, or less */
  #sliceEnd(range: ListRange): ListKey | undefined {
    if (!range.byName) return this.#timeSliceEnd(range)
    const name = this.#statements.value(nameSliceSql(range), valuesOf(range, { slice: NAME_SLICE }))
    return typeof name === 'string' ? { ...range.after, name } : undefined
  }

  /**
   * A slice ends with a creation time, and rows are stored in the order of creation: so a row so many numbers on has the time of its end, and
   * the jobs between need not be touched to find it. Where the clock once stepped back, between two lives of the server, they are.
   */
  #timeSliceEnd(range: ListRange): ListKey | undefined {
    const number = this.#statements.value(firstRowSql(range), valuesOf(range))
    if (typeof number !== 'number') return undefined
    const { ascending, after } = range
    const further = this.#statements.value(furtherRowSql(range), valuesOf(range, { number, slice: SLICE }))
    const isOn = typeof further === 'number' && (ascending ? further > after.time : further < after.time)
    const time = isOn ? further : this.#statements.value(timeSliceSql(range), valuesOf(range, { slice: SLICE }))
    return typeof time === 'number' ? keyAfterTime(time, range) : undefined
  }
}

/** The bound of a list's times gives way to a slice's end: with both, SQLite would take one for its range and look at all jobs for the other. */
function boundAt(end: ListKey | undefined, { byName, ascending, createdFrom, createdTo }: ListRange): Bounds {
  if (!end) return {}
  if (byName) return { endName: end.name }
  return ascending ? { createdTo: Math.min(createdTo, end.time) } : { createdFrom: Math.max(createdFrom, end.time) }
}

type Bounds = Readonly<Record<string, string | number>>

/** The index that has the order of a list. */
function indexInOrder({ byName, status, warmPool }: ListRange): ListIndex {
  if (byName) return 'jobs_by_name'
  if (status !== undefined) return 'jobs_by_status'
  return warmPool === undefined ? 'jobs_by_creation' : 'jobs_by_warm_pool'
}

/** Whether the index of the order has nothing in the range that the list has not. */
function isOneRange(range: ListRange): boolean {
  const { byName, status, warmPool, pattern, modifiedFrom, modifiedTo } = range
  if ((pattern ?? modifiedFrom ?? modifiedTo) !== undefined) return false
  if (byName) return status === undefined && warmPool === undefined && !hasCreationBounds(range)
  return status === undefined || warmPool === undefined
}

/** Indexes that narrow the list, whatever their order. */
function sourcesOf(range: ListRange): ListIndex[] {
  const { status, warmPool, modifiedFrom, modifiedTo } = range
  return [
    ...((modifiedFrom ?? modifiedTo) === undefined ? [] : ['jobs_by_modification' as const]),
    ...(status === undefined ? [] : ['jobs_by_status' as const]),
    ...(warmPool === undefined ? [] : ['jobs_by_warm_pool' as const]),
    ...(hasCreationBounds(range) ? ['jobs_by_creation' as const] : []),
  ]
}
