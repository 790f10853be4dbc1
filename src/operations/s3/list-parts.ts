import { parseCount } from './list-query.ts'
import type { ObjectOperation } from './s3-context.ts'
import { checksumMembers, owner, xmlResponse } from './xml-response.ts'

const MOST_PARTS = 1000
const LARGEST_MARKER = 2 ** 31 - 1

/** ListParts: what has come of an upload that is under way. */
export const listParts: ObjectOperation = async ({ objects }, { query, call }, { bucket, key }) => {
  const uploadId = query.get('uploadId') ?? ''
  const limit = parseCount('max-parts', query.get('max-parts'), MOST_PARTS)
  const after = query.has('part-number-marker')
    ? parseCount('part-number-marker', query.get('part-number-marker') || '0', LARGEST_MARKER)
    : 0
  const { upload, parts, next } = await objects.listParts({ bucket, key, uploadId }, { after, limit })
  const whose = owner(call.principal.account)
  return xmlResponse('ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
    Initiator: whose,
    Owner: whose,
    StorageClass: 'STANDARD',
    PartNumberMarker: after,
    // Of a list that is cut only: the JavaScript SDK asks on for as long as there is one.
    NextPartNumberMarker: next,
    MaxParts: limit,
    IsTruncated: next !== undefined,
    ChecksumAlgorithm: upload.checksum?.algorithm,
    ChecksumType: upload.checksum?.type,
    Part: parts.map(({ partNumber, lastModified, etag, size, checksum }) => {
      const { ChecksumType: _, ...sum } = checksumMembers(checksum)
      return { PartNumber: partNumber, LastModified: new Date(lastModified), ETag: `"${etag}"`, Size: size, ...sum }
    }),
  })
}
