import { parseAmzDate, formatAmzDate } from './amz-date.ts'
import { remembering } from '../util/remembering.ts'
import { AwsError } from './errors.ts'
import type { SignableRequest } from './signable-request.ts'
import { authError, type AuthFamily } from './signature-errors.ts'
import { isPresignedV2 } from './sigv2.ts'
import { SIGV4_ALGORITHM } from './sigv4-canonical.ts'
import { decodePairs } from './uri.ts'

/** What a request says of its signature; nothing of it has been verified. */
export interface SignatureClaim {
  readonly accessKeyId: string
  /** The scope's day: `20261123`. */
  readonly date: string
  readonly region: string
  readonly service: string
  /** `<date>/<region>/<service>/aws4_request` */
  readonly scope: string
  readonly signedHeaders: readonly string[]
  /** 64 hex digits. */
  readonly signature: string
  /** `20261123T074044Z`, and the same in epoch milliseconds. */
  readonly timestamp: string
  readonly time: number
  readonly sessionToken?: string
  /** Set for a presigned URL: seconds from `time` for which it is good. */
  readonly expires?: number
  /** `X-Amz-Content-Sha256` of a presigned URL. */
  readonly presignedPayload?: string
}

const LONGEST_EXPIRES = 604_800
const SIGNATURE = /^[0-9a-f]{64}$/
const DIGITS = /^\d{1,9}$/
const PRESIGNED_NAMES = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'] as const

/**
 * Reads the signature from the `Authorization` header or from a presigned query (wire 6).
 * @throws AwsError the family's codes for no signature and for a malformed one
 */
export function readClaim(request: SignableRequest, family: AuthFamily): SignatureClaim {
  const header = request.headers['authorization']
  const pairs = request.query.includes('X-Amz-') ? new Map(decodePairs(request.query)) : undefined
  const inQuery = pairs !== undefined && (pairs.has('X-Amz-Algorithm') || pairs.has('X-Amz-Signature'))
  if (header !== undefined && (inQuery || isPresignedV2(request.query))) throw twoMechanisms(family)
  if (header !== undefined) return claimOfHeader(request, header, family)
  if (pairs && inQuery) return claimOfQuery(pairs, family)
  throw authError(family, 'not-signed')
}

/** The service that a request's credential scope names, without a look at anything else. */
export function scopeService(request: SignableRequest): string | undefined {
  const header = request.headers['authorization']
  const credential = header === undefined ? queryCredential(request.query) : /Credential=([^,\s]+)/.exec(header)?.[1]
  return credential?.split('/')[3]
}

function queryCredential(query: string): string | undefined {
  const value = /(?:^|&)X-Amz-Credential=([^&]*)/.exec(query)?.[1]
  return value?.replaceAll(/%2F/gi, '/')
}

function claimOfHeader(request: SignableRequest, header: string, family: AuthFamily): SignatureClaim {
  const fields = authorizationFields(header, family)
  const timestamp = requestTimestamp(request, header, family)
  const time = parseAmzDate(timestamp)
  if (time === undefined) throw badDate(family, timestamp)
  const token = request.headers['x-amz-security-token']
  return {
    ...credentialParts(fields.credential, family),
    signedHeaders: signedHeaderNames(fields.signedHeaders),
    signature: wellFormedSignature(fields.signature, family),
    timestamp,
    time,
    ...(token === undefined ? {} : { sessionToken: token }),
  }
}

interface AuthorizationFields {
  readonly credential: string
  readonly signedHeaders: string
  readonly signature: string
}

function authorizationFields(header: string, family: AuthFamily): AuthorizationFields {
  const space = header.indexOf(' ')
  const algorithm = space === -1 ? header : header.slice(0, space)
  if (algorithm !== SIGV4_ALGORITHM) throw unsupportedAlgorithm(algorithm, family)
  const fields = new Map<string, string>()
  for (const part of header.slice(space + 1).split(',')) {
    const equals = part.indexOf('=')
    if (equals !== -1) fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  const credential = fields.get('Credential')
  const signedHeaders = fields.get('SignedHeaders')
  const signature = fields.get('Signature')
  if (credential && signedHeaders && signature) return { credential, signedHeaders, signature }
  throw incompleteHeader(fields, header, family)
}

/** `x-amz-date`, or where it is not there the HTTP `Date`. */
function requestTimestamp(request: SignableRequest, header: string, family: AuthFamily): string {
  const amzDate = request.headers['x-amz-date']
  if (amzDate !== undefined) return amzDate
  const httpDate = Date.parse(request.headers['date'] ?? '')
  if (!Number.isNaN(httpDate)) return formatAmzDate(httpDate)
  if (family === 's3')
    throw authError(family, 'not-signed', 'AWS authentication requires a valid Date or x-amz-date header')
  throw authError(
    family,
    'malformed',
    `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=${withoutSignature(header)}`,
  )
}

function claimOfQuery(pairs: ReadonlyMap<string, string>, family: AuthFamily): SignatureClaim {
  const [algorithm, credential, timestamp, expires, signedHeaders, signature] = PRESIGNED_NAMES.map((name) =>
    pairs.get(`X-Amz-${name}`),
  )
  if (!algorithm || !credential || !timestamp || !expires || !signedHeaders || !signature)
    throw badQuery(
      family,
      `Query-string authentication version 4 requires the ${PRESIGNED_NAMES.map((name) => `X-Amz-${name}`).join(', ')} parameters.`,
    )
  if (algorithm !== SIGV4_ALGORITHM) throw badQuery(family, `X-Amz-Algorithm only supports "${SIGV4_ALGORITHM}"`)
  const time = parseAmzDate(timestamp)
  if (time === undefined) throw badQuery(family, `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
  const token = pairs.get('X-Amz-Security-Token')
  const payload = pairs.get('X-Amz-Content-Sha256')
  return {
    ...credentialParts(credential, family),
    signedHeaders: signedHeaderNames(signedHeaders),
    signature: wellFormedSignature(signature, family),
    timestamp,
    time,
    expires: expiresSeconds(expires, family),
    ...(token === undefined ? {} : { sessionToken: token }),
    ...(payload === undefined ? {} : { presignedPayload: payload }),
  }
}

function expiresSeconds(text: string, family: AuthFamily): number {
  const seconds = DIGITS.test(text) ? Number(text) : Number.NaN
  if (seconds >= 1 && seconds <= LONGEST_EXPIRES) return seconds
  if (seconds > LONGEST_EXPIRES)
    throw badQuery(
      family,
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    )
  throw badQuery(family, 'X-Amz-Expires should be a number of seconds from 1 to 604800')
}

interface CredentialParts {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly scope: string
}

function credentialParts(credential: string, family: AuthFamily): CredentialParts {
  const parts = wellFormedCredential(credential)
  if (!parts) throw badCredential(credential, family)
  return parts
}

/** A client's credential and the names of its headers are the same all day. */
const REMEMBERED = 100

const wellFormedCredential = remembering((credential): CredentialParts | undefined => {
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/')
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request' || more.length > 0) return undefined
  return { accessKeyId, date, region, service, scope: `${date}/${region}/${service}/aws4_request` }
}, REMEMBERED)

const signedHeaderNames = remembering((text): readonly string[] => text.toLowerCase().split(';'), REMEMBERED)

function wellFormedSignature(signature: string, family: AuthFamily): string {
  // Something that no verification can produce is a wrong signature, not a malformed request.
  if (!SIGNATURE.test(signature)) throw authError(family, 'wrong-signature')
  return signature
}

function incompleteHeader(fields: ReadonlyMap<string, string>, header: string, family: AuthFamily): AwsError {
  if (family === 's3')
    return authError(
      family,
      'malformed',
      'The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    )
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.get(name))
  const sentences = missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' ')
  return authError(family, 'malformed', `${sentences} Authorization=${withoutSignature(header)}`)
}

function unsupportedAlgorithm(algorithm: string, family: AuthFamily): AwsError {
  if (family === 's3')
    return new AwsError(
      'InvalidRequest',
      `The authorization mechanism you have provided is not supported. Please use ${SIGV4_ALGORITHM}.`,
    )
  return authError(family, 'malformed', `Unsupported AWS 'algorithm': '${algorithm.slice(0, 64)}'.`)
}

function badCredential(credential: string, family: AuthFamily): AwsError {
  if (family === 's3')
    return authError(
      family,
      'malformed',
      'The authorization header is malformed; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    )
  return authError(
    family,
    'malformed',
    `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request, got '${credential.slice(0, 256)}'`,
  )
}

function badDate(family: AuthFamily, timestamp: string): AwsError {
  if (family === 's3')
    return authError(family, 'not-signed', 'AWS authentication requires a valid Date or x-amz-date header')
  return authError(
    family,
    'malformed',
    `Date must be in ISO-8601 'basic format'. Got '${timestamp.slice(0, 64)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  )
}

function badQuery(family: AuthFamily, message: string): AwsError {
  if (family === 's3') return new AwsError('AuthorizationQueryParametersError', message)
  return authError(family, 'malformed', message)
}

function twoMechanisms(family: AuthFamily): AwsError {
  const message =
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified'
  return family === 's3' ? new AwsError('InvalidArgument', message) : authError(family, 'malformed', message)
}

/** An error may be logged anywhere on its way back: the signature stays out of it. */
function withoutSignature(header: string): string {
  return header.replace(/Signature=[^,\s]*/, 'Signature=…').slice(0, 512)
}
