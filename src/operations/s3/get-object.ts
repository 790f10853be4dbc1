import type { ByteRange, ObjectInfo } from '../../objects/objects.ts'
import { byteRange, contentRange } from './byte-range.ts'
import { checkConditions } from './conditions.ts'
import { checksumHeaders, objectHeaders, versionHeaders } from './object-headers.ts'
import type { ObjectOperation, S3Context } from './s3-context.ts'
import type { S3Request, S3Response } from './s3-request.ts'

/** Ends the look-up of an object that the client has already. */
class NotModified extends Error {
  override readonly name = 'NotModified'
  readonly info: ObjectInfo

  constructor(info: ObjectInfo) {
    super('not modified')
    this.info = info
  }
}

/** GetObject. Conditions, range and headers are settled for the very version whose bytes are sent, before its file is opened. */
export const getObject: ObjectOperation = async (context, request, { bucket, key }) => {
  let response: S3Response | undefined
  const choose = (info: ObjectInfo) => {
    const range = chooseRange(context, request, info)
    response = objectResponse(request, info, range)
    return range
  }
  return unlessNotModified(async () => {
    const { info, body } = await context.objects.get(bucket, key, choose)
    return { ...(response ?? objectResponse(request, info, undefined)), body }
  })
}

/** @throws AwsError PreconditionFailed, InvalidRange; NotModified */
export function chooseRange({ clock }: S3Context, request: S3Request, info: ObjectInfo): ByteRange | undefined {
  if (checkConditions(request, info, clock.now()) !== 'proceed') throw new NotModified(info)
  return byteRange(request, info)
}

/** Status and headers of an object or a range of it. */
export function objectResponse(request: S3Request, info: ObjectInfo, range: ByteRange | undefined): S3Response {
  const headers = objectHeaders(request, info)
  if (range) {
    const length = String(range.last - range.first + 1)
    return {
      status: 206,
      headers: { ...headers, 'content-length': length, 'content-range': contentRange(range, info) },
    }
  }
  // A checksum of the whole must not go with a part of it (wire 5).
  const wanted = request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED'
  const checksum = wanted ? checksumHeaders(info.checksum) : {}
  return { status: 200, headers: { ...headers, ...checksum, 'content-length': String(info.size) } }
}

export async function unlessNotModified(answer: () => Promise<S3Response>): Promise<S3Response> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof NotModified) return { status: 304, headers: versionHeaders(error.info) }
    throw error
  }
}
