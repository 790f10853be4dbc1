import type { ObjectOperation } from './s3-context.ts'

/** AbortMultipartUpload: frees the space of its parts. */
export const abortMultipartUpload: ObjectOperation = async ({ objects }, request, { bucket, key }) => {
  await objects.abortUpload({ bucket, key, uploadId: request.query.get('uploadId') ?? '' })
  return { status: 204, headers: {} }
}
