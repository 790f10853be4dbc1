import type { ByteRange, ObjectInfo, ObjectPartPage } from '../../objects/objects.ts'
import type { ObjectAddress, S3Context } from './s3-context.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request, S3Response } from './s3-request.ts'
import { partNumberOf } from './upload-headers.ts'

const TWO_RANGES = 'Cannot specify both Range header and partNumber query parameter'

/** The part of an object that a GET or HEAD asks for by its number. */
export interface AskedPart {
  /** Undefined for an object without bytes. */
  readonly range: ByteRange | undefined
  readonly headers: S3Response['headers']
  /** @throws VersionChanged if this is not the object of which the part was looked up */
  requireVersion(info: ObjectInfo): void
}

class VersionChanged extends Error {
  override readonly name = 'VersionChanged'
}

/**
 * Answers with the part that the request asks for, if it asks for one; again if the object was replaced between the look-up and the reading.
 * @throws AwsError InvalidRequest, InvalidArgument, InvalidPartNumber
 */
export async function withPart(
  { objects }: S3Context,
  request: S3Request,
  { bucket, key }: ObjectAddress,
  answer: (part: AskedPart | undefined) => Promise<S3Response>,
): Promise<S3Response> {
  if (!request.query.has('partNumber')) return answer(undefined)
  const number = partNumberOf(request)
  if (request.headers['range'] !== undefined) throw s3Error('InvalidRequest', {}, TWO_RANGES)
  for (;;) {
    const page = await objects.objectParts(bucket, key, { after: number - 1, limit: 1 })
    try {
      return await answer(askedPart(page, number))
    } catch (error) {
      if (!(error instanceof VersionChanged)) throw error
    }
  }
}

/** An object that was put as a whole is its own first and only part. */
function askedPart({ info, total, parts: [first] }: ObjectPartPage, number: number): AskedPart {
  const isThere = total === 0 ? number === 1 : first?.partNumber === number
  if (!isThere)
    throw s3Error('InvalidPartNumber', { PartNumberRequested: String(number), ActualPartCount: String(total || 1) })
  const whole = info.size === 0 ? undefined : { first: 0, last: info.size - 1 }
  return {
    range: total === 0 || !first || first.last < first.first ? whole : { first: first.first, last: first.last },
    headers: total === 0 ? {} : { 'x-amz-mp-parts-count': String(total) },
    requireVersion({ etag, lastModified }) {
      if (etag !== info.etag || lastModified !== info.lastModified) throw new VersionChanged('The object was replaced.')
    },
  }
}
