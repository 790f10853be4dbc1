import type { ByteRange, ObjectInfo } from '../../objects/objects.ts'
import { byteRange, contentRange } from './byte-range.ts'
import { checkConditions } from './conditions.ts'
import { withPart, type AskedPart } from './asked-part.ts'
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
export const getObject: ObjectOperation = async (context, request, address) => {
  const { objects } = context
  let response: S3Response | undefined
  return unlessNotModified(() =>
    withPart(context, request, address, async (part) => {
      const choose = (info: ObjectInfo) => {
        const range = chooseRange(context, request, info, part)
        response = objectResponse(request, info, range, part)
        return range
      }
      const { info, body } = await objects.get(address.bucket, address.key, choose)
      return { ...(response ?? objectResponse(request, info, undefined, part)), body }
    }),
  )
}

/** @throws AwsError PreconditionFailed, InvalidRange; NotModified; VersionChanged if the part is that of another version */
export function chooseRange(
  { clock }: S3Context,
  request: S3Request,
  info: ObjectInfo,
  part: AskedPart | undefined,
): ByteRange | undefined {
  part?.requireVersion(info)
  if (checkConditions(request, info, clock.now()) !== 'proceed') throw new NotModified(info)
  return part ? part.range : byteRange(request, info)
}

/** Status and headers of an object, a range or a part of it. */
export function objectResponse(
  request: S3Request,
  info: ObjectInfo,
  range: ByteRange | undefined,
  part: AskedPart | undefined,
): S3Response {
  const headers = { ...objectHeaders(request, info), ...part?.headers }
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
