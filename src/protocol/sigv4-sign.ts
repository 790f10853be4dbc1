import { formatAmzDate } from './amz-date.ts'
import type { SignableRequest } from './signable-request.ts'
import { canonicalRequest, EMPTY_SHA256, SIGV4_ALGORITHM, stringToSign, UNSIGNED_PAYLOAD } from './sigv4-canonical.ts'
import { SigningKeys, sign } from './signing-keys.ts'
import { uriEncode } from './uri.ts'

export interface SigningCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface SignOptions {
  readonly credentials: SigningCredentials
  readonly service: string
  readonly region: string
  /** Epoch milliseconds of wire time. */
  readonly now: number
}

/** What a proxy, an agent or the HTTP layer itself may set or change on the way. */
const UNSIGNED_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'user-agent',
  'accept-encoding',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
])

const keys = new SigningKeys()

/**
 * Signs a request with Signature Version 4 in headers (wire 6).
 * @param request its headers must have `host`, with a non-default port
 * @param payloadHash SHA-256 of the body in hex, or one of S3's words for it
 * @returns all headers to send: those of the request and `x-amz-date`, `x-amz-security-token`, `authorization`, for S3 `x-amz-content-sha256`
 */
export function signRequest(
  request: SignableRequest,
  payloadHash: string,
  options: SignOptions,
): Record<string, string> {
  const { credentials, service } = options
  const timestamp = formatAmzDate(options.now)
  const headers: Record<string, string> = { ...definedHeaders(request), 'x-amz-date': timestamp }
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken
  if (service === 's3') headers['x-amz-content-sha256'] = payloadHash
  const signedHeaders = Object.keys(headers)
    .filter((name) => !UNSIGNED_HEADERS.has(name))
    .sort()
  const canonical = canonicalRequest({ ...request, headers }, { signedHeaders, s3: service === 's3', payloadHash })
  const { scope, signature } = signatureOf(canonical, timestamp, options)
  const credential = `${credentials.accessKeyId}/${scope}`
  headers['authorization'] =
    `${SIGV4_ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  return headers
}

/**
 * The query string of a presigned URL; every header of the request is signed and must be sent as it is.
 * @param expires seconds, 1 to 604800
 */
export function presignQuery(request: SignableRequest, expires: number, options: SignOptions): string {
  const { credentials, service } = options
  const timestamp = formatAmzDate(options.now)
  const signedHeaders = Object.keys(definedHeaders(request)).sort()
  const parameters: Record<string, string> = {
    'X-Amz-Algorithm': SIGV4_ALGORITHM,
    'X-Amz-Credential': `${credentials.accessKeyId}/${scopeOf(timestamp, options)}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': String(expires),
    'X-Amz-SignedHeaders': signedHeaders.join(';'),
  }
  if (credentials.sessionToken !== undefined) parameters['X-Amz-Security-Token'] = credentials.sessionToken
  const added = Object.entries(parameters).map(([name, value]) => `${name}=${uriEncode(value)}`)
  const query = [...(request.query === '' ? [] : [request.query]), ...added].join('&')
  const s3 = service === 's3'
  const payloadHash = s3 ? UNSIGNED_PAYLOAD : EMPTY_SHA256
  const canonical = canonicalRequest({ ...request, query }, { signedHeaders, s3, payloadHash })
  return `${query}&X-Amz-Signature=${signatureOf(canonical, timestamp, options).signature}`
}

function signatureOf(canonical: string, timestamp: string, options: SignOptions): { scope: string; signature: string } {
  const { credentials, service, region } = options
  const scope = scopeOf(timestamp, options)
  const date = timestamp.slice(0, 8)
  const key = keys.get(credentials.accessKeyId, credentials.secretAccessKey, { date, region, service })
  return { scope, signature: sign(key, stringToSign(timestamp, scope, canonical)).toString('hex') }
}

function scopeOf(timestamp: string, { region, service }: SignOptions): string {
  return `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`
}

function definedHeaders(request: SignableRequest): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers[name] = value
  return headers
}
