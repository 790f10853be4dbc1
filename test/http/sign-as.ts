import { hash } from 'node:crypto'
import { formatAmzDate } from '../../src/protocol/amz-date.ts'
import { canonicalRequest, stringToSign } from '../../src/protocol/sigv4-canonical.ts'
import type { SigningCredentials } from '../../src/protocol/sigv4-sign.ts'
import { deriveSigningKey, sign } from '../../src/protocol/signing-keys.ts'
import { OWNER } from './front-fixture.ts'

/** A request as one client sends it: its headers in its order and case, and which of them it signs. */
export interface ClientForm {
  readonly method: string
  readonly path: string
  readonly query?: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly signedHeaders: string
  readonly service: string
  /** What stands for the payload in the canonical request. */
  readonly payload: string
  readonly now?: number
  readonly region?: string
  readonly credentials?: SigningCredentials
}

/** What a test may put wrong in the `Authorization` header. */
export interface Tampering {
  readonly scope?: string
  readonly signature?: string
  readonly timestamp?: string
}

/** The head's headers with `X-Amz-Date` and `Authorization` in place of the words `DATE` and `AUTHORIZATION`. */
export function signAs(form: ClientForm, tampering: Tampering = {}): Record<string, string> {
  const { method, path, query = '', service, payload, region = 'us-east-1', credentials = OWNER } = form
  const timestamp = tampering.timestamp ?? formatAmzDate(form.now ?? Date.now())
  const date = timestamp.slice(0, 8)
  const scope = tampering.scope ?? `${date}/${region}/${service}/aws4_request`
  const dated = form.headers.map(([name, value]) => [name, value === 'DATE' ? timestamp : value] as const)
  const headers = Object.fromEntries(dated.map(([name, value]) => [name.toLowerCase(), value]))
  const signedHeaders = form.signedHeaders.split(';')
  const canonical = canonicalRequest(
    { method, path, query, headers },
    { signedHeaders, s3: service === 's3', payloadHash: payload },
  )
  const key = deriveSigningKey(credentials.secretAccessKey, { date, region, service })
  const signature = tampering.signature ?? sign(key, stringToSign(timestamp, scope, canonical)).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${form.signedHeaders}, Signature=${signature}`
  return Object.fromEntries(dated.map(([name, value]) => [name, value === 'AUTHORIZATION' ? authorization : value]))
}

export function sha256(body: string | Buffer): string {
  return hash('sha256', body, 'hex')
}

/** The 64 hex digits at the end of an `Authorization` header. */
export function signatureIn(headers: Readonly<Record<string, string>>): string {
  return /Signature=(\w+)/.exec(Object.values(headers).join('\n'))?.[1] ?? ''
}
