import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { AwsError } from '../../src/protocol/errors.ts'
import type { SignableRequest } from '../../src/protocol/signable-request.ts'
import type { AuthFamily } from '../../src/protocol/signature-errors.ts'
import { EMPTY_SHA256, UNSIGNED_PAYLOAD } from '../../src/protocol/sigv4-canonical.ts'
import { SignatureVerifier } from '../../src/protocol/sigv4-verify.ts'

/** A request of AWS's published examples, with the signature published for it. */
interface Example {
  readonly name: string
  readonly family: AuthFamily
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signedHeaders: string
  readonly payload?: string
  readonly signature: string
}

const SUITE_HOST = 'example.amazonaws.com'
const S3_HOST = 'examplebucket.s3.amazonaws.com'
const PLAIN = 'host;x-amz-date'
const S3_PLAIN = 'host;x-amz-content-sha256;x-amz-date'

/** Of the published test suite: account AKIDEXAMPLE, 30 August 2015. */
const SUITE: readonly Example[] = [
  {
    name: 'get-vanilla',
    family: 'json',
    signedHeaders: PLAIN,
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    family: 'json',
    query: 'Param2=value2&Param1=value1',
    signedHeaders: PLAIN,
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-vanilla-query-unreserved',
    family: 'json',
    query: `${unreserved()}=${unreserved()}`,
    signedHeaders: PLAIN,
    signature: '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  },
  {
    name: 'get-header-value-trim',
    family: 'json',
    headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
    signedHeaders: 'host;my-header1;my-header2;x-amz-date',
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'post-vanilla',
    family: 'json',
    method: 'POST',
    signedHeaders: PLAIN,
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'post-x-www-form-urlencoded',
    family: 'json',
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    signedHeaders: 'content-type;host;x-amz-date',
    payload: hash('sha256', 'Param1=value1', 'hex'),
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
]

/** Of the manual of S3: account AKIAIOSFODNN7EXAMPLE, 24 May 2013. */
const MANUAL: readonly Example[] = [
  {
    name: 'GET of an object with a range',
    family: 's3',
    path: '/test.txt',
    headers: { range: 'bytes=0-9', 'x-amz-content-sha256': EMPTY_SHA256 },
    signedHeaders: `host;range;x-amz-content-sha256;x-amz-date`,
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    name: 'PUT of a key with a dollar sign',
    family: 's3',
    method: 'PUT',
    path: '/test$file.text',
    headers: {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    signedHeaders: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    payload: hash('sha256', 'Welcome to Amazon S3.', 'hex'),
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'GET of a subresource without a value',
    family: 's3',
    query: 'lifecycle',
    headers: { 'x-amz-content-sha256': EMPTY_SHA256 },
    signedHeaders: S3_PLAIN,
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'list of objects with parameters',
    family: 's3',
    query: 'max-keys=2&prefix=J',
    headers: { 'x-amz-content-sha256': EMPTY_SHA256 },
    signedHeaders: S3_PLAIN,
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
  {
    name: 'head of a PUT in signed chunks',
    family: 's3',
    method: 'PUT',
    path: '/examplebucket/chunkObject.txt',
    headers: {
      host: 's3.amazonaws.com',
      'content-encoding': 'aws-chunked',
      'content-length': '66824',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'x-amz-decoded-content-length': '66560',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    signedHeaders:
      'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
    payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  },
]

for (const example of [...SUITE, ...MANUAL]) {
  test(`verifies the published example: ${example.name}`, async () => {
    await verify(example)
    await assert.rejects(verify({ ...example, path: `${example.path ?? '/'}x` }), wrongSignature)
    await assert.rejects(verify({ ...example, payload: '0'.repeat(64) }), wrongSignature)
    await assert.rejects(verify({ ...example, method: 'DELETE' }), wrongSignature)
  })
}

test('verifies the presigned URL of the manual, and no other object with it', async () => {
  const query =
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
    '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
    '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'
  const head = (path: string) => ({ method: 'GET', path, query, headers: { host: S3_HOST } })
  await verifyHead(head('/test.txt'), 's3', UNSIGNED_PAYLOAD)
  await assert.rejects(verifyHead(head('/other.txt'), 's3', UNSIGNED_PAYLOAD), wrongSignature)
})

function verify(example: Example): Promise<void> {
  const { family, method = 'GET', path = '/', query = '', payload = EMPTY_SHA256, signedHeaders, signature } = example
  const s3 = family === 's3'
  const [key, scope] = s3
    ? ['AKIAIOSFODNN7EXAMPLE', '20130524/us-east-1/s3/aws4_request']
    : ['AKIDEXAMPLE', '20150830/us-east-1/service/aws4_request']
  const headers = {
    host: s3 ? S3_HOST : SUITE_HOST,
    'x-amz-date': s3 ? '20130524T000000Z' : '20150830T123600Z',
    ...example.headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  }
  return verifyHead({ method, path, query, headers }, family, payload)
}

async function verifyHead(head: SignableRequest, family: AuthFamily, payload: string): Promise<void> {
  const now = family === 's3' ? Date.UTC(2013, 4, 24) : Date.UTC(2015, 7, 30, 12, 36, 0)
  const verifier = new SignatureVerifier({
    credentials: { find: async (accessKeyId) => ({ accessKeyId, secretAccessKey: SECRETS[family], principal }) },
    clock: { now: () => now },
    defaultRegion: 'us-east-1',
  })
  verifier.verify(head, await verifier.identify(head, { family }), payload)
}

const principal = {
  account: '111122223333',
  accessKeyId: 'AKIDEXAMPLE',
  kind: 'owner',
  scope: { kind: 'everything' },
} as const

const SECRETS: Readonly<Record<AuthFamily, string>> = {
  json: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  query: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  s3: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

function wrongSignature(error: unknown): boolean {
  return error instanceof AwsError && /Signature/.test(error.code)
}

function unreserved(): string {
  return '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
}
