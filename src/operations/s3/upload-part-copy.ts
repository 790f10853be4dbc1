import type { ByteRange, ObjectInfo } from '../../objects/objects.ts'
import { checkSource, copySource } from './copy-source.ts'
import { invalidArgument } from './list-query.ts'
import type { ObjectOperation } from './s3-context.ts'
import type { S3Request } from './s3-request.ts'
import { partNumberOf } from './upload-headers.ts'
import { checksumMembers, xmlResponse } from './xml-response.ts'

const RANGE_HEADER = 'x-amz-copy-source-range'
const RANGE = /^bytes=(\d{1,15})-(\d{1,15})$/
const RANGE_FORM =
  'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy'

/** UploadPartCopy: the bytes of an object, or of a range of it, become a part; they stream from file to file, since a part has an MD5 of its own. */
export const uploadPartCopy: ObjectOperation = async (context, request, { bucket, key }) => {
  const { objects, clock } = context
  const source = await copySource(context, request)
  const partNumber = partNumberOf(request)
  const uploadId = request.query.get('uploadId') ?? ''
  let size = 0
  const choose = (info: ObjectInfo) => {
    const range = sourceRange(request, info)
    size = range ? range.last - range.first + 1 : info.size
    checkSource(context, request, info, size)
    return range
  }
  const { body } = await objects.get(source.bucket, source.key, choose)
  try {
    const { etag, checksum } = await objects.putPart({ bucket, key, uploadId, partNumber }, body, { size })
    const { ChecksumType: _, ...sum } = checksumMembers(checksum)
    return xmlResponse('CopyPartResult', { ETag: `"${etag}"`, LastModified: new Date(clock.now()), ...sum })
  } finally {
    body.destroy()
  }
}

/** @throws AwsError InvalidArgument: unlike that of a GET, this range must lie within the object */
function sourceRange({ headers }: S3Request, { size }: ObjectInfo): ByteRange | undefined {
  const text = headers[RANGE_HEADER]
  if (text === undefined) return undefined
  const match = RANGE.exec(text.trim())
  if (!match) throw invalidArgument(RANGE_HEADER, text.slice(0, 128), RANGE_FORM)
  const range = { first: Number(match[1]), last: Number(match[2]) }
  if (range.first <= range.last && range.last < size) return range
  throw invalidArgument(
    RANGE_HEADER,
    text.slice(0, 128),
    `Range specified is not valid for source object of size: ${size}`,
  )
}
