import assert from 'node:assert/strict'
import { Router } from '../../src/http/route.ts'
import { s3Address } from '../../src/http/s3-address.ts'
import { iamService } from '../../src/operations/iam/service.ts'
import type { SignableRequest } from '../../src/protocol/signable-request.ts'
import { signatureV2, stringToSignV2 } from '../../src/protocol/sigv2.ts'
import { canonicalRequest, EMPTY_SHA256, UNSIGNED_PAYLOAD } from '../../src/protocol/sigv4-canonical.ts'
import { presignQuery, signRequest, type SignOptions } from '../../src/protocol/sigv4-sign.ts'
import { SignatureVerifier } from '../../src/protocol/sigv4-verify.ts'
import { credentials, JOB, OWNER } from '../http/front-fixture.ts'
import { refusal } from './expected-errors.ts'
import type { FuzzTarget } from './targets.ts'

const NOW = Date.UTC(2026, 10, 23, 7, 40, 44)
const HOST = '127.0.0.1:8484'
const TOKENS = [
  '/',
  '%2F',
  '%',
  '%ff',
  '&',
  '=',
  ',',
  ';',
  ': ',
  '\n',
  'AWS4-HMAC-SHA256 ',
  'Credential=',
  'SignedHeaders=',
  'Signature=',
  'aws4_request',
  'X-Amz-Signature=',
  'X-Amz-Expires=',
  'X-Amz-Credential=',
  'X-Amz-SignedHeaders=',
  'AWSAccessKeyId=',
  'host',
  '20261123',
  'T000000Z',
  'us-east-1',
  '  ',
  '+',
  '__proto__',
] as const

/** Heads of requests, as text: the route, the claim, the verification. */
export function signatureTargets(): readonly FuzzTarget[] {
  return [
    headTarget('SigV4 headers', [
      signedJson(),
      signedGet('/bkt/a%20key//..', 'list-type=2&prefix=%C3%BC+x'),
      signedJob(),
    ]),
    headTarget('presigned queries', [
      presigned('s3', '/bkt/key', 'versionId=1'),
      presigned('sts', '/', 'Action=A&Version=1'),
    ]),
    headTarget('queries presigned with Version 2', [presignedV2('/bkt/key', 'tagging&x-amz-meta-a=b')]),
  ]
}

function headTarget(name: string, requests: readonly SignableRequest[]): FuzzTarget {
  const verifier = new SignatureVerifier({ credentials, clock: { now: () => NOW }, defaultRegion: 'us-east-1' })
  const router = new Router([iamService()], ['localhost'])
  const seen = new Set<string>()
  const decode = async (input: Buffer) => {
    const head = headOf(input)
    const canonical = await verified(head, router, verifier)
    if (canonical !== undefined) seen.add(canonical)
    // Whatever passes has one of the meanings that were signed: three requests with up to three payload hashes each.
    assert.ok(seen.size <= requests.length, `another request passes: ${canonical}`)
  }
  return { name, seeds: requests.map(textOf), tokens: TOKENS, decode }
}

async function verified(
  head: SignableRequest,
  router: Router,
  verifier: SignatureVerifier,
): Promise<string | undefined> {
  try {
    const { kind, form } = router.route(head)
    const family = form.kind === 's3' || form.kind === 'query' ? form.kind : 'json'
    if (kind === 's3') s3Address(head.path, undefined)
    const identified = await verifier.identify(head, { family })
    const payloadHash = payloadOf(head)
    verifier.verify(head, identified, payloadHash)
    if (identified.version === 2) return stringToSignV2(head, identified.claim.expires, undefined)
    return canonicalRequest(head, { signedHeaders: identified.claim.signedHeaders, s3: family === 's3', payloadHash })
  } catch (error) {
    return refusal(error) ?? undefined
  }
}

function presignedV2(path: string, query: string): SignableRequest {
  const request = { method: 'GET', path, query, headers: { host: HOST } }
  const expires = String(Math.floor(NOW / 1000) + 600)
  const signature = signatureV2(request, expires, OWNER.secretAccessKey, undefined).toString('base64')
  const own = new URLSearchParams({ AWSAccessKeyId: OWNER.accessKeyId, Signature: signature, Expires: expires })
  return { ...request, query: `${query}&${String(own)}` }
}

function payloadOf({ headers, query }: SignableRequest): string {
  return headers['x-amz-content-sha256'] ?? (query.includes('%2Fs3%2F') ? UNSIGNED_PAYLOAD : EMPTY_SHA256)
}

function signedJson(): SignableRequest {
  const headers = { host: HOST, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.Describe' }
  return signed({ method: 'POST', path: '/', query: '', headers }, 'sagemaker')
}

function signedGet(path: string, query: string): SignableRequest {
  return signed({ method: 'GET', path, query, headers: { host: HOST, range: 'bytes=0-9' } }, 's3')
}

function signedJob(): SignableRequest {
  const head = { method: 'PUT', path: '/bkt/k', query: '', headers: { host: HOST, 'x-amz-meta-a': 'b   c' } }
  return signed(head, 's3', JOB)
}

function signed(head: SignableRequest, service: string, keys = OWNER): SignableRequest {
  return { ...head, headers: signRequest(head, EMPTY_SHA256, optionsOf(service, keys)) }
}

function presigned(service: string, path: string, query: string): SignableRequest {
  const head = { method: 'GET', path, query, headers: { host: HOST } }
  return { ...head, query: presignQuery(head, 600, optionsOf(service, OWNER)) }
}

function optionsOf(service: string, keys: SignOptions['credentials']): SignOptions {
  return { credentials: keys, service, region: 'us-east-1', now: NOW }
}

/** A head as one text, so that a mutation may fall anywhere in it. */
function textOf({ method, path, query, headers }: SignableRequest): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from([`${method} ${path}?${query}`, ...lines].join('\n'), 'latin1')
}

/** As the HTTP parser would hand it on. */
function headOf(input: Buffer): SignableRequest {
  const [line = '', ...lines] = input.toString('latin1').split('\n')
  const [method = '', target = '/'] = line.split(' ', 2)
  const mark = target.indexOf('?')
  const headers: Record<string, string | undefined> = Object.create(null) as Record<string, undefined>
  for (const text of lines) {
    const colon = text.indexOf(': ')
    if (colon > 0) headers[text.slice(0, colon).toLowerCase()] = text.slice(colon + 2)
  }
  return {
    method,
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers,
  }
}
