import assert from 'node:assert/strict'
import { createHmac, hash } from 'node:crypto'
import { test } from 'node:test'
import type { SignableRequest } from '../../src/protocol/signable-request.ts'
import { canonicalRequest, EMPTY_SHA256, stringToSign } from '../../src/protocol/sigv4-canonical.ts'
import { presignQuery, signRequest } from '../../src/protocol/sigv4-sign.ts'
import { deriveSigningKey, sign, SigningKeys } from '../../src/protocol/signing-keys.ts'

/** The keys of AWS's published examples. */
const SUITE = {
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  service: 'service',
  region: 'us-east-1',
  now: Date.UTC(2015, 7, 30, 12, 36, 0),
}
const MANUAL = {
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  service: 's3',
  region: 'us-east-1',
  now: Date.UTC(2013, 4, 24),
}

test('signs get-vanilla of the published test suite', () => {
  const request = get('/', '', { host: 'example.amazonaws.com' })
  const { authorization } = signRequest(request, EMPTY_SHA256, SUITE)
  assert.equal(
    authorization,
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ' +
      'Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  )
})

test('signs post-x-www-form-urlencoded of the published test suite', () => {
  const body = 'Param1=value1'
  const headers = { host: 'example.amazonaws.com', 'content-type': 'application/x-www-form-urlencoded' }
  const signed = signRequest({ method: 'POST', path: '/', query: '', headers }, hash('sha256', body, 'hex'), SUITE)
  assert.match(
    signed['authorization'] ?? '',
    /Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a$/,
  )
})

test('orders a query by name and then by value, as get-vanilla-query-order-key-case does', () => {
  const request = get('/', 'Param2=value2&Param1=value1', { host: 'example.amazonaws.com' })
  assert.match(
    signRequest(request, EMPTY_SHA256, SUITE)['authorization'] ?? '',
    /Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500$/,
  )
})

test('signs as HMAC-SHA256 does with the key of the IAM example in the manual, texts of any length', () => {
  const scope = { date: '20150830', region: 'us-east-1', service: 'iam' }
  const key = deriveSigningKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope)
  const manual = Buffer.from('c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9', 'hex')
  const texts = ['', 'a', 'ü', 'x'.repeat(55), 'x'.repeat(64), 'x'.repeat(1000)]
  for (const text of texts)
    assert.equal(sign(key, text).toString('hex'), createHmac('sha256', manual).update(text).digest('hex'))
})

test('signs the S3 GET of an object with a range as the manual does', () => {
  const headers = { host: 'examplebucket.s3.amazonaws.com', range: 'bytes=0-9' }
  assert.match(
    signRequest(get('/test.txt', '', headers), EMPTY_SHA256, MANUAL)['authorization'] ?? '',
    /Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41$/,
  )
})

test('signs the S3 PUT of a key with a dollar sign as the manual does', () => {
  const headers = {
    host: 'examplebucket.s3.amazonaws.com',
    date: 'Fri, 24 May 2013 00:00:00 GMT',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  }
  const request = { method: 'PUT', path: '/test$file.text', query: '', headers }
  const payload = hash('sha256', 'Welcome to Amazon S3.', 'hex')
  assert.match(
    signRequest(request, payload, MANUAL)['authorization'] ?? '',
    /Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd$/,
  )
})

test('signs the S3 GET of a subresource without a value as the manual does', () => {
  const request = get('/', 'lifecycle', { host: 'examplebucket.s3.amazonaws.com' })
  assert.match(
    signRequest(request, EMPTY_SHA256, MANUAL)['authorization'] ?? '',
    /Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543$/,
  )
})

test('signs the S3 list of objects with parameters as the manual does', () => {
  const request = get('/', 'max-keys=2&prefix=J', { host: 'examplebucket.s3.amazonaws.com' })
  assert.match(
    signRequest(request, EMPTY_SHA256, MANUAL)['authorization'] ?? '',
    /Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7$/,
  )
})

test('presigns the S3 URL of the manual', () => {
  const query = presignQuery(get('/test.txt', '', { host: 'examplebucket.s3.amazonaws.com' }), 86_400, MANUAL)
  assert.match(query, /&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404$/)
})

test('encodes an S3 path once and keeps double slashes and dots, and any other path twice', () => {
  const options = { signedHeaders: ['host'], payloadHash: EMPTY_SHA256 }
  const request = get('/bkt//a%20b/../%C3%BC%2B%2A~%21.txt', '', { host: 'h' })
  const pathOf = (s3: boolean) => canonicalRequest(request, { ...options, s3 }).split('\n')[1]
  assert.equal(pathOf(true), '/bkt//a%20b/../%C3%BC%2B%2A~%21.txt')
  assert.equal(pathOf(false), '/bkt//a%2520b/../%25C3%25BC%252B%252A~%2521.txt')
})

test('gives an S3 path the same canonical form however the client encoded it', () => {
  const options = { signedHeaders: ['host'], payloadHash: EMPTY_SHA256, s3: true }
  const canonical = (path: string) => canonicalRequest(get(path, '', { host: 'h' }), options).split('\n')[1]
  assert.equal(canonical("/b/(a)'!*"), canonical('/b/%28a%29%27%21%2a'))
})

test('decodes a query, encodes it anew, gives bare names an empty value and leaves out only the signature', () => {
  const options = { signedHeaders: ['host'], payloadHash: EMPTY_SHA256, s3: true }
  const query = 'delete&b=2&b=1&a=%7e/%2F+x&X-Amz-Signature=00&X-Amz-Date=d&a-=0'
  const canonical = canonicalRequest(get('/', query, { host: 'h' }), options).split('\n')[2]
  assert.equal(canonical, 'X-Amz-Date=d&a=~%2F%2F%20x&a-=0&b=1&b=2&delete=')
})

test('trims header values and collapses spaces inside them', () => {
  const options = { signedHeaders: ['host', 'x-amz-meta-a'], payloadHash: EMPTY_SHA256, s3: true }
  const canonical = canonicalRequest(get('/', '', { host: 'h', 'x-amz-meta-a': '  a   b c  ' }), options)
  assert.equal(canonical, `GET\n/\n\nhost:h\nx-amz-meta-a:a b c\n\nhost;x-amz-meta-a\n${EMPTY_SHA256}`)
})

test('hashes header bytes beyond ASCII as they were on the wire', () => {
  const onTheWire = Buffer.from('ü').toString('latin1')
  const text = stringToSign('t', 's', `x:${onTheWire}`)
  assert.equal(text.split('\n').at(-1), hash('sha256', Buffer.from('x:ü'), 'hex'))
})

test('keeps a bounded number of signing keys, the ones used last', () => {
  const keys = new SigningKeys(2)
  const scope = (region: string) => ({ date: '20150830', region, service: 's3' })
  const first = keys.get('k', 'secret', scope('a'))
  keys.get('k', 'secret', scope('b'))
  assert.equal(keys.get('k', 'secret', scope('a')), first)
  keys.get('k', 'secret', scope('c'))
  assert.equal(keys.size, 2)
  assert.equal(keys.get('k', 'secret', scope('a')), first)
})

test('never signs with the key of a secret that has been replaced', () => {
  const keys = new SigningKeys()
  const scope = { date: '20150830', region: 'us-east-1', service: 's3' }
  const before = sign(keys.get('k', 'old', scope), 'text')
  assert.notDeepEqual(sign(keys.get('k', 'new', scope), 'text'), before)
})

function get(path: string, query: string, headers: Readonly<Record<string, string>>): SignableRequest {
  return { method: 'GET', path, query, headers }
}
