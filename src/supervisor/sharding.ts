import type { LocalFile } from '../objects/objects.ts'

/** One host's place among those that share a channel. */
export interface Share {
  /** From 0, in the numeric order of the hosts. */
  readonly index: number
  readonly count: number
}

/**
 * A host's share of the objects of a ShardedByS3Key channel: object i goes to host i mod n (behaviour 4.7, unknown on AWS).
 * Folder markers are no data, and count for nobody.
 *
 * @param objects in the binary order of their keys
 */
export async function* shareOf(objects: AsyncIterable<LocalFile>, { index, count }: Share): AsyncGenerator<LocalFile> {
  let number = 0
  for await (const object of objects) {
    if (object.key.endsWith('/')) continue
    if (number % count === index) yield object
    number++
  }
}
