import { hash } from 'node:crypto'
import type { SignableRequest } from './signable-request.ts'
import { decodePairs, uriDecode, uriEncode } from './uri.ts'

export const SIGV4_ALGORITHM = 'AWS4-HMAC-SHA256'
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

export interface CanonicalOptions {
  /** In lower case, in the order in which the signature names them. */
  readonly signedHeaders: readonly string[]
  /** S3 encodes a path once, everything else twice (wire 6). */
  readonly s3: boolean
  /** Hex, or one of the words that S3 allows in its place. */
  readonly payloadHash: string
}

/** The canonical request of SigV4 (wire 6). @throws AwsError `InvalidURI` */
export function canonicalRequest(request: SignableRequest, options: CanonicalOptions): string {
  const { signedHeaders, s3, payloadHash } = options
  let headers = ''
  for (const name of signedHeaders) headers += `${name}:${canonicalHeader(request.headers[name])}\n`
  const path = s3 ? canonicalS3Path(request.path) : canonicalPath(request.path)
  const query = canonicalQuery(request.query)
  return `${request.method}\n${path}\n${query}\n${headers}\n${signedHeaders.join(';')}\n${payloadHash}`
}

/**
 * @param timestamp `20261123T074044Z`
 * @param scope `20261123/us-east-1/sagemaker/aws4_request`
 */
export function stringToSign(timestamp: string, scope: string, canonical: string): string {
  // Header values hold one byte a character, so the bytes that the client hashed are those of latin1.
  const digest = hash('sha256', Buffer.from(canonical, 'latin1'), 'hex')
  return `${SIGV4_ALGORITHM}\n${timestamp}\n${scope}\n${digest}`
}

/** Decoded once, each segment encoded once; `//` and `..` are parts of a key and stay. */
export function canonicalS3Path(path: string): string {
  return uriDecode(path).split('/').map(uriEncode).join('/')
}

function canonicalPath(path: string): string {
  if (path === '/') return path
  return path.split('/').map(uriEncode).join('/')
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  return decodePairs(query)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(byNameThenValue)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function byNameThenValue(a: readonly [string, string], b: readonly [string, string]): number {
  return compare(a[0], b[0]) || compare(a[1], b[1])
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function canonicalHeader(value: string | undefined): string {
  const trimmed = value?.trim() ?? ''
  return trimmed.includes('  ') ? trimmed.replace(/ {2,}/g, ' ') : trimmed
}
