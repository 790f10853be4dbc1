import { writeCondition } from './conditions.ts'
import type { ObjectOperation } from './s3-context.ts'

/** DeleteObject: 204 also where there was none, unless If-Match wants it there. */
export const deleteObject: ObjectOperation = async ({ objects }, request, { bucket, key }) => {
  await objects.delete(bucket, key, writeCondition(request))
  return { status: 204, headers: {} }
}
