import type { ObjectOperation } from './s3-context.ts'

/** DeleteObject: 204 also where there was none. */
export const deleteObject: ObjectOperation = async ({ objects }, _request, { bucket, key }) => {
  await objects.delete(bucket, key)
  return { status: 204, headers: {} }
}
