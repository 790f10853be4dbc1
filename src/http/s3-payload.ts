import { decodeAwsChunked, incompleteBody, isChunkedMode, type ChunkedMode } from '../protocol/aws-chunked.ts'
import { AwsError } from '../protocol/errors.ts'
import { UNSIGNED_PAYLOAD } from '../protocol/sigv4-canonical.ts'
import type { IdentifiedRequest, IdentifiedV4 } from '../protocol/sigv4-verify.ts'
import { PayloadChecks } from './payload-checks.ts'

/** The decoded and verified body of an S3 request: these three members of S3Request. */
export interface S3Payload {
  readonly body: AsyncIterable<Uint8Array>
  readonly contentLength?: number
  readonly checksum?: { readonly algorithm: string; value(): string | undefined }
}

export interface S3PayloadSource {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly chunks: AsyncIterable<Uint8Array>
  /** The checksum headers speak of something else than this body: CompleteMultipartUpload's of the object. */
  readonly foreignChecksum: boolean
}

const SHA256_HEX = /^[0-9a-f]{64}$/
const LENGTH = /^\d{1,15}$/

/**
 * What stands for the payload in the canonical request (wire 5, "Body modes").
 * @throws AwsError for a request that does not say it, or says something unknown
 */
export function payloadMode(
  headers: Readonly<Record<string, string | undefined>>,
  identified: IdentifiedRequest,
): string {
  const mode = headers['x-amz-content-sha256'] ?? presignedMode(identified)
  if (mode === undefined)
    throw new AwsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  const isKnown = SHA256_HEX.test(mode) || mode === UNSIGNED_PAYLOAD || isChunkedMode(mode)
  // Version 2 has no signature that chunks could go on from.
  if (isKnown && (identified.version === 4 || !isChunkedMode(mode))) return mode
  throw new AwsError(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.',
    { details: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: mode.slice(0, 128) } },
  )
}

/** A presigned URL says nothing of its payload unless it says so itself. */
function presignedMode(identified: IdentifiedRequest): string | undefined {
  if (identified.version === 2) return identified.claim.presignedPayload ?? UNSIGNED_PAYLOAD
  const { expires, presignedPayload } = identified.claim
  return presignedPayload ?? (expires === undefined ? undefined : UNSIGNED_PAYLOAD)
}

/** @param mode as `payloadMode` gave it @throws AwsError for lengths, digests and trailers that are none */
export function s3Payload(source: S3PayloadSource, mode: string, identified: IdentifiedRequest): S3Payload {
  const checks = new PayloadChecks(source.headers, { ignoreChecksums: source.foreignChecksum })
  if (isChunkedMode(mode) && identified.version === 4) return chunkedPayload(source, { mode, identified, checks })
  if (mode !== UNSIGNED_PAYLOAD) checks.expectSha256(mode)
  const length = declaredLength(source.headers)
  const checksum = checks.checksum()
  return {
    body: checks.verified(source.chunks),
    ...(length === undefined ? {} : { contentLength: length }),
    ...(checksum ? { checksum } : {}),
  }
}

function chunkedPayload(
  source: S3PayloadSource,
  options: { readonly mode: ChunkedMode; readonly identified: IdentifiedV4; readonly checks: PayloadChecks },
): S3Payload {
  const { mode, identified, checks } = options
  const { claim, key } = identified
  const decodedLength = requiredDecodedLength(source.headers)
  const announced = checks.announceTrailers(source.headers['x-amz-trailer'])
  const decoded = decodeAwsChunked(source.chunks, {
    mode,
    decodedLength,
    announced,
    seed: { key, timestamp: claim.timestamp, scope: claim.scope, signature: claim.signature },
    onTrailer: (name, value) => checks.trailer(name, value),
  })
  const checksum = checks.checksum()
  return { body: checks.verified(decoded), contentLength: decodedLength, ...(checksum ? { checksum } : {}) }
}

/** Without a length and without chunks there is no body: length zero. */
function declaredLength(headers: Readonly<Record<string, string | undefined>>): number | undefined {
  const length = headers['content-length']
  if (length !== undefined) return Number(length)
  return headers['transfer-encoding'] === undefined ? 0 : undefined
}

function requiredDecodedLength(headers: Readonly<Record<string, string | undefined>>): number {
  const text = headers['x-amz-decoded-content-length']
  if (text !== undefined && LENGTH.test(text)) return Number(text)
  if (text !== undefined) throw incompleteBody()
  throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 })
}
