import { setImmediate } from 'node:timers/promises'

/** What one slice of an index holds of a list, and from where the next one goes on; undefined where the list ends with it. */
export interface Slice<Place, Row> {
  readonly rows: readonly Row[]
  readonly next: Place | undefined
}

/**
 * A page that may be anywhere in an index, of which filters leave out much: nobody else waits longer than for one slice of it, since the event loop turns between two.
 * @param read at most so many rows of the slice that begins at a place
 */
export async function walkInSlices<Place, Row>(
  from: Place,
  limit: number,
  read: (place: Place, limit: number) => Slice<Place, Row>,
): Promise<Row[]> {
  const found: Row[] = []
  for (let place = from; ;) {
    const { rows, next } = read(place, limit - found.length)
    found.push(...rows)
    if (next === undefined || found.length === limit) return found
    place = next
    await setImmediate()
  }
}
