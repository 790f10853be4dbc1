import { timingSafeEqual } from 'node:crypto'
import type { WireClock } from '../clock/clock.ts'
import type { Credential, CredentialSource } from '../identity/principal.ts'
import { formatAmzDate } from './amz-date.ts'
import type { AwsError } from './errors.ts'
import type { SignableRequest } from './signable-request.ts'
import { authError, type AuthFamily } from './signature-errors.ts'
import { canonicalRequest, stringToSign } from './sigv4-canonical.ts'
import { readClaim, type SignatureClaim } from './sigv4-claim.ts'
import { isPresignedV2, requirePresignedV2, verifySignatureV2, type PresignedV2 } from './sigv2.ts'
import { SigningKeys, sign, type SigningKey } from './signing-keys.ts'

/** How far a client's clock may be off (wire 6). */
export const MAX_CLOCK_SKEW = 15 * 60_000

const REGION = /^[a-z]{2,8}(-[a-z]+){1,3}-\d{1,2}$/

export interface VerifierOptions {
  readonly credentials: CredentialSource
  readonly clock: WireClock
  /** Named to S3 clients whose scope has no well-formed region. */
  readonly defaultRegion: string
}

/** What a request is asked for, and so how it must be signed. */
export interface Expectation {
  readonly family: AuthFamily
  /** The scope's service; undefined where any will do, because the request is refused anyhow. */
  readonly service?: string
  /** The bucket that the Host names: Version 2 signs it. */
  readonly virtualBucket?: string
}

/** A known key that has signed something now: only the signature itself is still to be compared. */
export type IdentifiedRequest = IdentifiedV4 | IdentifiedV2

export interface IdentifiedV4 {
  readonly version: 4
  readonly claim: SignatureClaim
  readonly credential: Credential
  readonly key: SigningKey
  readonly family: AuthFamily
  readonly region: string
}

/** An S3 URL presigned with Signature Version 2, which names no region. */
export interface IdentifiedV2 {
  readonly version: 2
  readonly claim: PresignedV2
  readonly credential: Credential
  readonly virtualBucket: string | undefined
  readonly region: string
}

/**
 * Verifies AWS Signature Version 4 in headers and in presigned URLs, of S3 also URLs presigned with Version 2. In two steps, so that a body is read only for a known key
 * and may be hashed in between.
 */
export class SignatureVerifier {
  readonly #options: VerifierOptions
  readonly #keys = new SigningKeys()

  constructor(options: VerifierOptions) {
    this.#options = options
  }

  /** Everything but the signature: form, scope, clock, key, token. @throws AwsError with the code of wire 6, "Codes for a bad signature" */
  async identify(request: SignableRequest, expectation: Expectation): Promise<IdentifiedRequest> {
    const { family } = expectation
    if (family === 's3' && request.headers['authorization'] === undefined && isPresignedV2(request.query)) {
      return this.#identifyV2(request, expectation)
    }
    const claim = readClaim(request, family)
    this.#checkScope(claim, expectation)
    this.#checkClock(claim, family)
    checkSignedHeaders(request, claim, family)
    const credential = await this.#credential(claim, family)
    const key = this.#keys.get(claim.accessKeyId, credential.secretAccessKey, claim)
    return { version: 4, claim, credential, key, family, region: claim.region }
  }

  /** @param payloadHash as the canonical request has it @throws AwsError for a wrong signature */
  verify(request: SignableRequest, identified: IdentifiedRequest, payloadHash: string): void {
    if (identified.version === 2) {
      const { claim, credential, virtualBucket } = identified
      return verifySignatureV2(request, { claim, secret: credential.secretAccessKey, virtualBucket })
    }
    const { claim, key, family } = identified
    const { signedHeaders } = claim
    const canonical = canonicalRequest(request, { signedHeaders, s3: family === 's3', payloadHash })
    const expected = sign(key, stringToSign(claim.timestamp, claim.scope, canonical))
    if (!timingSafeEqual(expected, Buffer.from(claim.signature, 'hex'))) throw authError(family, 'wrong-signature')
  }

  async #identifyV2(request: SignableRequest, { virtualBucket }: Expectation): Promise<IdentifiedV2> {
    const claim = requirePresignedV2(request.query, this.#options.clock.now())
    const credential = await this.#credential(claim, 's3')
    return { version: 2, claim, credential, virtualBucket, region: this.#options.defaultRegion }
  }

  #checkScope(claim: SignatureClaim, { family, service }: Expectation): void {
    if (service !== undefined && claim.service !== service) throw wrongService(claim, family, service)
    if (!REGION.test(claim.region)) throw wrongRegion(claim, family, this.#options.defaultRegion)
    if (claim.date !== claim.timestamp.slice(0, 8)) throw wrongDay(claim, family)
  }

  #checkClock(claim: SignatureClaim, family: AuthFamily): void {
    const now = this.#options.clock.now()
    if (claim.time - now > MAX_CLOCK_SKEW) throw notYetCurrent(claim, family, now)
    if (claim.expires === undefined) {
      if (now - claim.time > MAX_CLOCK_SKEW) throw tooOld(claim, family, now)
      return
    }
    const end = claim.time + claim.expires * 1000
    if (now > end) throw presignedExpired(claim, family, { now, end })
  }

  async #credential(claim: KeyClaim, family: AuthFamily): Promise<Credential> {
    const finding = this.#options.credentials.find(claim.accessKeyId, claim.sessionToken)
    const found = finding instanceof Promise ? await finding : finding
    if (found === undefined) throw authError(family, 'unknown-key', undefined, keyDetail(claim, family))
    if (found === 'expired') throw authError(family, 'expired-token')
    if (found === 'bad-token' || found.sessionToken !== claim.sessionToken) throw authError(family, 'bad-token')
    return found
  }
}

type KeyClaim = Pick<SignatureClaim, 'accessKeyId' | 'sessionToken'>

/** Covers what decides the meaning of a call; whatever is in between could change the rest. */
const RPC_SIGNED_HEADERS = ['x-amz-target', 'x-amz-date', 'x-amz-security-token']

/** `host` must be signed always; of S3 requests every `x-amz-*` header that is there (wire 6). */
function checkSignedHeaders(request: SignableRequest, claim: SignatureClaim, family: AuthFamily): void {
  const signed = claim.signedHeaders
  const present = family === 's3' ? Object.keys(request.headers).filter(isAmzHeader) : RPC_SIGNED_HEADERS
  const missing = present.filter((name) => request.headers[name] !== undefined && !signed.includes(name))
  if (!signed.includes('host')) missing.unshift('host')
  if (missing.length > 0) throw headersNotSigned(missing, family)
}

function isAmzHeader(name: string): boolean {
  return name.startsWith('x-amz-')
}

function headersNotSigned(missing: readonly string[], family: AuthFamily): AwsError {
  if (family === 's3')
    return authError(family, 'not-signed', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: missing.join(', '),
    })
  const name = missing[0] === 'host' ? `'Host' or ':authority'` : `'${missing[0]}'`
  return authError(family, 'wrong-signature', `${name} must be a 'SignedHeader' in the AWS Authorization.`)
}

function wrongService(claim: SignatureClaim, family: AuthFamily, service: string): AwsError {
  if (family === 's3')
    return authError(
      family,
      'wrong-scope',
      `The authorization header is malformed; incorrect service "${claim.service.slice(0, 64)}". This endpoint belongs to "${service}".`,
    )
  return authError(family, 'wrong-scope', `Credential should be scoped to correct service: '${service}'.`)
}

function wrongRegion(claim: SignatureClaim, family: AuthFamily, region: string): AwsError {
  if (family !== 's3') return authError(family, 'wrong-scope', 'Credential should be scoped to a valid region.')
  const wrong = claim.region.slice(0, 64)
  return authError(
    family,
    'wrong-scope',
    `The authorization header is malformed; the region '${wrong}' is wrong; expecting '${region}'`,
    { Region: region },
  )
}

function wrongDay(claim: SignatureClaim, family: AuthFamily): AwsError {
  const day = claim.timestamp.slice(0, 8)
  const scope = claim.date.slice(0, 16)
  if (family === 's3')
    return authError(
      family,
      'wrong-scope',
      `The authorization header is malformed; Invalid credential date "${scope}". This date is not the same as X-Amz-Date: "${day}".`,
    )
  return authError(
    family,
    'wrong-scope',
    `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope}' != '${day}', from '${claim.timestamp}'.`,
  )
}

function tooOld(claim: SignatureClaim, family: AuthFamily, now: number): AwsError {
  if (family === 's3') return skewed(claim, now)
  const earliest = formatAmzDate(now - MAX_CLOCK_SKEW)
  return authError(
    family,
    'clock',
    `Signature expired: ${claim.timestamp} is now earlier than ${earliest} (${formatAmzDate(now)} - 15 min.)`,
  )
}

function notYetCurrent(claim: SignatureClaim, family: AuthFamily, now: number): AwsError {
  if (family === 's3')
    return claim.expires === undefined
      ? skewed(claim, now)
      : authError(family, 'presigned-expired', 'Request is not valid yet')
  const latest = formatAmzDate(now + MAX_CLOCK_SKEW)
  return authError(
    family,
    'clock',
    `Signature not yet current: ${claim.timestamp} is still later than ${latest} (${formatAmzDate(now)} + 15 min.)`,
  )
}

function skewed(claim: SignatureClaim, now: number): AwsError {
  return authError('s3', 'clock', undefined, {
    RequestTime: claim.timestamp,
    ServerTime: new Date(now).toISOString(),
    MaxAllowedSkewMilliseconds: String(MAX_CLOCK_SKEW),
  })
}

function presignedExpired(claim: SignatureClaim, family: AuthFamily, times: { now: number; end: number }): AwsError {
  const { now, end } = times
  if (family === 's3')
    return authError(family, 'presigned-expired', undefined, {
      'X-Amz-Expires': String(claim.expires),
      Expires: new Date(end).toISOString(),
      ServerTime: new Date(now).toISOString(),
    })
  return authError(
    family,
    'presigned-expired',
    `Signature expired: ${claim.timestamp} is now earlier than ${formatAmzDate(now - (claim.expires ?? 0) * 1000)} (${formatAmzDate(now)} - ${claim.expires} s)`,
  )
}

function keyDetail(claim: KeyClaim, family: AuthFamily): Readonly<Record<string, string>> {
  return family === 's3' ? { AWSAccessKeyId: claim.accessKeyId.slice(0, 128) } : {}
}
