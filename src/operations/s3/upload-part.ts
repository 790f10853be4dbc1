import { checksumHeader } from '../../protocol/checksum-headers.ts'
import type { ObjectOperation } from './s3-context.ts'
import { announcedChecksum, partNumberOf, requireLength } from './upload-headers.ts'

/** UploadPart. */
export const uploadPart: ObjectOperation = async ({ objects }, request, { bucket, key }) => {
  const size = requireLength(request)
  const partNumber = partNumberOf(request)
  const uploadId = request.query.get('uploadId') ?? ''
  const options = { ...announcedChecksum(request), size }
  const { etag, checksum } = await objects.putPart({ bucket, key, uploadId, partNumber }, request.body, options)
  return {
    status: 200,
    headers: { etag: `"${etag}"`, ...(checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value } : {}) },
  }
}
