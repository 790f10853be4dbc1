import type { S3Request, S3Service } from '../operations/s3/s3-request.ts'
import { AwsError } from '../protocol/errors.ts'
import { isHeaderName, isHeaderText } from '../protocol/header-text.ts'
import type { IdentifiedRequest, SignatureVerifier } from '../protocol/sigv4-verify.ts'
import { decodePairs } from '../protocol/uri.ts'
import type { Answer } from './answer.ts'
import { s3Headers } from './answer-error.ts'
import { accessByMethod, authorise } from './authorise.ts'
import type { Exchange } from './exchange.ts'
import { HttpCall } from './http-call.ts'
import type { HttpLimits } from './limits.ts'
import { s3Address } from './s3-address.ts'
import { payloadMode, s3Payload } from './s3-payload.ts'

type Headers = Readonly<Record<string, string | undefined>>

export interface S3Context {
  readonly verifier: SignatureVerifier
  readonly limits: HttpLimits
  readonly s3: S3Service
}

/** Parameters that are not S3's: of a signature, in lower case, and the JavaScript SDK's name of the operation. */
const OTHER_PARAMETERS: ReadonlySet<string> = new Set([
  'x-id',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
  'x-amz-security-token',
  'x-amz-content-sha256',
])

/**
 * One S3 request: verified before any of its body is read. @throws AwsError
 * @param virtualBucket the bucket that the Host names
 */
export async function handleS3(
  exchange: Exchange,
  virtualBucket: string | undefined,
  context: S3Context,
): Promise<Answer> {
  const { head } = exchange
  const expectation = {
    family: 's3',
    service: 's3',
    ...(virtualBucket === undefined ? {} : { virtualBucket }),
  } as const
  const identified = await context.verifier.identify(head, expectation)
  const mode = payloadMode(head.headers, identified)
  context.verifier.verify(head, identified, mode)
  const call = new HttpCall(exchange, identified, mode)
  const access = accessByMethod(head.method)
  authorise(call.principal, { family: 's3', service: 's3', operation: head.method, access, byJobs: true })
  const parameters = readParameters(head.query, identified.version)
  const headers = s3RequestHeaders(head.headers, parameters.headers)
  const chunks = exchange.chunks(context.limits)
  const foreignChecksum = head.method === 'POST' && parameters.query.has('uploadId')
  const request: S3Request = {
    method: head.method,
    ...s3Address(head.path, virtualBucket),
    query: parameters.query,
    headers,
    ...s3Payload({ headers, chunks, foreignChecksum }, mode, identified),
    call,
  }
  const response = await context.s3(request)
  return { ...response, headers: { ...response.headers, ...s3Headers(exchange.requestId) } }
}

/** The same of a URL presigned with Version 2, and the headers beside `x-amz-*` that it carries as parameters. */
const V2_PARAMETERS: ReadonlySet<string> = new Set(['AWSAccessKeyId', 'Signature', 'Expires'])
const V2_HEADERS: ReadonlySet<string> = new Set(['content-type', 'content-md5'])

interface Parameters {
  readonly query: ReadonlyMap<string, string>
  /** Presigned URLs carry headers as parameters: `x-amz-checksum-crc32=…` (wire 6). */
  readonly headers: Headers
}

function readParameters(text: string, version: IdentifiedRequest['version']): Parameters {
  const query = new Map<string, string>()
  const headers: Record<string, string> = {}
  for (const [name, value] of decodePairs(text)) {
    const lower = name.toLowerCase()
    if (OTHER_PARAMETERS.has(lower) || (version === 2 && V2_PARAMETERS.has(name))) continue
    if (lower.startsWith('x-amz-') || (version === 2 && V2_HEADERS.has(lower))) headers[lower] = asHeader(lower, value)
    else query.set(name, value)
  }
  return { query, headers }
}

/**
 * What a parameter says as if it had come as a header, in which its bytes would be one character each: a line break in it would be a header more in the
 * signature of Version 2, and what is stored of it could not be sent.
 * @throws AwsError InvalidArgument
 */
function asHeader(name: string, value: string): string {
  const text = Buffer.from(value).toString('latin1')
  if (isHeaderName(name) && isHeaderText(text)) return text
  const details = { ArgumentName: name.slice(0, 128), ArgumentValue: value.slice(0, 128) }
  throw new AwsError('InvalidArgument', 'A query parameter that stands for a header cannot be one.', { details })
}

function s3RequestHeaders(received: Headers, fromQuery: Headers): Headers {
  const encoding = received['content-encoding']
  const headers: Record<string, string | undefined> = { ...fromQuery, ...received }
  if (encoding === undefined) return headers
  const kept = encoding
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding.toLowerCase() !== 'aws-chunked')
  headers['content-encoding'] = kept.length === 0 ? undefined : kept.join(',')
  return headers
}
