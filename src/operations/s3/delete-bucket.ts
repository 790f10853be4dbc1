import type { BucketOperation } from './s3-context.ts'
import { s3Error } from './s3-errors.ts'

/** DeleteBucket: of a bucket without objects; uploads under way go with it. A job makes no buckets and deletes none. */
export const deleteBucket: BucketOperation = async ({ objects }, { call }, { name }) => {
  if (call.principal.kind === 'job') throw s3Error('AccessDenied')
  await objects.deleteBucket(name)
  return { status: 204, headers: {} }
}
