import { writeCondition } from './conditions.ts'
import { announcedChecksum, requireLength } from './upload-headers.ts'
import { checksumHeaders, metadataOf } from './object-headers.ts'
import type { ObjectOperation } from './s3-context.ts'
import { headerTags } from './tags.ts'

/** PutObject: nothing of it is visible until the whole body has been verified. */
export const putObject: ObjectOperation = async ({ objects }, request, { bucket, key }) => {
  requireLength(request)
  const condition = writeCondition(request)
  const tags = headerTags(request)
  const info = await objects.put(bucket, key, request.body, {
    metadata: metadataOf(request),
    ...announcedChecksum(request),
    ...(condition ? { condition } : {}),
    ...(tags ? { tags } : {}),
  })
  return { status: 200, headers: { etag: `"${info.etag}"`, ...checksumHeaders(info.checksum) } }
}
