import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SignableRequest } from './signable-request.ts'
import { authError } from './signature-errors.ts'
import { decodePairs, uriDecode } from './uri.ts'

/** What a URL that was presigned with Signature Version 2 says of its signature; nothing of it has been verified. */
export interface PresignedV2 {
  readonly accessKeyId: string
  /** Base64 of 20 bytes. */
  readonly signature: string
  /** Epoch seconds, as they are in the URL. */
  readonly expires: string
  readonly sessionToken?: string
  /** `x-amz-content-sha256` as a parameter. */
  readonly presignedPayload?: string
}

/** Of a query, what belongs to the signed resource: S3's subresources and the headers a reader may set for its answer. */
const RESOURCE_PARAMETERS: ReadonlySet<string> = new Set(
  `accelerate acl analytics cors defaultObjectAcl delete encryption inventory lifecycle location logging metrics notification object-lock
  partNumber policy replication requestPayment restore select select-type storageClass tagging torrent uploadId uploads versionId versioning
  versions website response-cache-control response-content-disposition response-content-encoding response-content-language
  response-content-type response-expires`.split(/\s+/),
)

/** Whether the query is that of such a URL, whole or not. */
export function isPresignedV2(query: string): boolean {
  return /(?:^|&)(?:AWSAccessKeyId|Signature)=/.test(query) && !query.includes('X-Amz-')
}

/**
 * @param now epoch milliseconds
 * @throws AwsError AccessDenied for one that is not whole or out of date; `InvalidURI`
 */
export function requirePresignedV2(query: string, now: number): PresignedV2 {
  const pairs = new Map(decodePairs(query))
  const [accessKeyId, signature, expires] = ['AWSAccessKeyId', 'Signature', 'Expires'].map((name) => pairs.get(name))
  if (!accessKeyId || !signature || !expires) throw authError('s3', 'not-signed', INCOMPLETE)
  if (!/^\d{1,12}$/.test(expires)) {
    throw authError('s3', 'not-signed', `Invalid date (should be seconds since epoch): ${expires.slice(0, 64)}`)
  }
  const end = Number(expires) * 1000
  if (now > end) {
    const times = { Expires: new Date(end).toISOString(), ServerTime: new Date(now).toISOString() }
    throw authError('s3', 'presigned-expired', undefined, times)
  }
  const token = pairs.get('x-amz-security-token')
  const payload = [...pairs].findLast(([name]) => name.toLowerCase() === 'x-amz-content-sha256')?.[1]
  return {
    accessKeyId,
    signature,
    expires,
    ...(token === undefined ? {} : { sessionToken: token }),
    ...(payload === undefined ? {} : { presignedPayload: payload }),
  }
}

const INCOMPLETE = 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters'

/** @throws AwsError for a wrong signature */
export function verifySignatureV2(
  request: SignableRequest,
  parts: { readonly claim: PresignedV2; readonly secret: string; readonly virtualBucket: string | undefined },
): void {
  const { claim, secret, virtualBucket } = parts
  const expected = signatureV2(request, claim.expires, secret, virtualBucket)
  const given = Buffer.from(claim.signature, 'base64')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw authError('s3', 'wrong-signature')
}

/** The signature that a presigned URL must have: HMAC-SHA1. */
export function signatureV2(
  request: SignableRequest,
  expires: string,
  secret: string,
  virtualBucket: string | undefined,
): Buffer {
  // Header values hold one byte a character, so the bytes that the client signed are those of latin1.
  const text = Buffer.from(stringToSignV2(request, expires, virtualBucket), 'latin1')
  return createHmac('sha1', secret).update(text).digest()
}

/**
 * Method, Content-MD5, Content-Type, expiry, `x-amz-*` and the resource (wire 6). Headers that were signed may come as headers or as parameters of
 * the same name.
 * @param virtualBucket the bucket that the Host names, if it is not in the path
 */
export function stringToSignV2(request: SignableRequest, expires: string, virtualBucket: string | undefined): string {
  const pairs = decodePairs(request.query)
  const headers = new Map(pairs.map(([name, value]) => [name.toLowerCase(), asLatin1(value)]))
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, value.trim())
  const path = virtualBucket === undefined ? request.path : `/${virtualBucket}${request.path}`
  const lines = [request.method, headers.get('content-md5') ?? '', headers.get('content-type') ?? '', expires]
  return `${lines.join('\n')}\n${amzHeaders(headers)}${path}${resourceQuery(request.query)}`
}

function amzHeaders(headers: ReadonlyMap<string, string>): string {
  const names = [...headers.keys()].filter((name) => name.startsWith('x-amz-')).sort()
  return names.map((name) => `${name}:${headers.get(name) ?? ''}\n`).join('')
}

/** As the client wrote it, values decoded, so that `?uploads` and `?uploads=` stay what they are. */
function resourceQuery(query: string): string {
  const signed = query
    .split('&')
    .map((part) => [uriDecode(part.split('=', 1)[0] ?? ''), asLatin1(uriDecode(part))] as const)
    .filter(([name]) => RESOURCE_PARAMETERS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return signed.length === 0 ? '' : `?${signed.map(([, part]) => part).join('&')}`
}

/** The UTF-8 bytes of decoded text, one character each. */
function asLatin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}
