import { badPageToken } from './page-token.ts'
import { valuesOfProperty, type FoundJob } from './search-properties.ts'

/** A hit's place in the order of a search; jobs without the property come last, and the id decides among equals. */
interface Place {
  readonly value: string | number | undefined
  readonly id: string
}

interface HitsOptions {
  readonly sortBy: string
  readonly ascending: boolean
  readonly limit: number
  /** Of a page token: the value and the id of the last hit of the page before. */
  readonly after: readonly unknown[] | undefined
}

/** The hits of one page, and how many there are in all, of however many that are added in any order. */
export class SearchHits {
  readonly sortBy: string
  readonly #direction: 1 | -1
  readonly #limit: number
  readonly #after: Place | undefined
  #places: Place[] = []
  #total = 0

  /** @throws AwsError for the place of a token that was not given out */
  constructor({ sortBy, ascending, limit, after }: HitsOptions) {
    this.sortBy = sortBy
    this.#direction = ascending ? 1 : -1
    this.#limit = limit
    this.#after = after && placeOf(after)
  }

  add(id: string, job: FoundJob): void {
    this.#total++
    const place = { value: sortable(valuesOfProperty(job, this.sortBy)[0]), id }
    if (this.#after && this.#compare(place, this.#after) <= 0) return
    this.#places.push(place)
    // What a page cannot need any more is let go of, now and then.
    if (this.#places.length > 4 * this.#limit + 100) this.#places = this.#first()
  }

  page(): { readonly ids: readonly string[]; readonly total: number; readonly next?: readonly (string | number)[] } {
    const first = this.#first()
    const page = first.slice(0, this.#limit)
    const last = page.at(-1)
    const more = first.length > this.#limit && last
    const ids = page.map(({ id }) => id)
    // An absent value is an absent member of the token: the id comes first.
    const next = more && [last.id, ...(last.value === undefined ? [] : [last.value])]
    return { ids, total: this.#total, ...(next ? { next } : {}) }
  }

  /** One more than a page holds. */
  #first(): Place[] {
    return this.#places.sort((a, b) => this.#compare(a, b)).slice(0, this.#limit + 1)
  }

  #compare(a: Place, b: Place): number {
    if ((a.value === undefined) !== (b.value === undefined)) return a.value === undefined ? 1 : -1
    return this.#direction * (compareValues(a.value, b.value) || compareValues(a.id, b.id))
  }
}

/** Numbers before texts. */
function compareValues(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b)
  return Number(typeof a === 'string') - Number(typeof b === 'string')
}

/** A text that is a number sorts as one, as hyperparameters are; one that is infinite would be lost in a page token. */
function sortable(value: unknown): string | number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return undefined
  return value.trim() === '' || !Number.isFinite(Number(value)) ? value : Number(value)
}

function placeOf([id, value]: readonly unknown[]): Place {
  if (typeof id !== 'string') throw badPageToken()
  if (value !== undefined && typeof value !== 'string' && typeof value !== 'number') throw badPageToken()
  return { id, value }
}
