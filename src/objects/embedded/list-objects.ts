import type { ListObjectsQuery, ObjectInfo, ObjectPage } from '../objects.ts'
import type { ObjectRows } from './object-rows.ts'
import { walkKeys, type Start } from './walk-keys.ts'

/** One page of a bucket. */
export function listObjects(rows: Pick<ObjectRows, 'range'>, query: ListObjectsQuery): ObjectPage {
  const infos = (from: Start, until: string | undefined) => infosOf(rows.range({ bucket: query.bucket, from, until }))
  const { items, ...page } = walkKeys(infos, query, query.after)
  return { objects: items, ...page }
}

function* infosOf(objects: ReturnType<ObjectRows['range']>): Generator<ObjectInfo> {
  for (const { info } of objects) yield info
}
