import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsError } from '../../src/protocol/errors.ts'
import { requirePresignedV2, signatureV2 } from '../../src/protocol/sigv2.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const QUERY = 'AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620'

function signature(request: Partial<Parameters<typeof signatureV2>[0]>, bucket?: string): string {
  const whole = { method: 'GET', path: '/bkt/k', query: '', headers: {}, ...request }
  return signatureV2(whole, '1175139620', SECRET, bucket).toString('base64')
}

test('the example that the S3 manual gives for Version 2 has the signature that it gives', () => {
  const headers = { host: 'johnsmith.s3.amazonaws.com' }
  const example = { path: '/photos/puppy.jpg', query: QUERY, headers }
  assert.equal(signature(example, 'johnsmith'), 'NpgCjnDzrM+WFzoENXmpNDUsSn8=')
  assert.equal(signature({ ...example, path: '/johnsmith/photos/puppy.jpg' }), 'NpgCjnDzrM+WFzoENXmpNDUsSn8=')
})

test('subresources and headers for the answer are signed, other parameters are not', () => {
  const plain = signature({})
  assert.equal(signature({ query: 'x-id=GetObject&prefix=p' }), plain)
  for (const query of ['uploads', 'uploadId=1', 'response-content-type=a%2Fb', 'tagging=', '%74agging'])
    assert.notEqual(signature({ query }), plain)
  const sorted = signature({ query: 'partNumber=1&uploadId=2' })
  assert.equal(signature({ query: 'uploadId=2&partNumber=1' }), sorted)
})

test('a signed header counts the same as header and as parameter', () => {
  const parameters = signature({ query: 'x-amz-meta-a=%C3%BC&content-type=a%2Fb&content-md5=x' })
  const headers = { 'x-amz-meta-a': '\u00c3\u00bc', 'content-type': 'a/b', 'content-md5': 'x' }
  assert.equal(signature({ headers }), parameters)
  assert.notEqual(signature({ headers: { ...headers, 'x-amz-acl': 'public-read' } }), parameters)
})

test('a URL that is not whole or out of date is refused in the words of S3', () => {
  const message = (query: string, now = 1_175_139_620_000) => {
    try {
      requirePresignedV2(query, now)
      return undefined
    } catch (error) {
      return error instanceof AwsError ? [error.code, error.status, error.message] : error
    }
  }
  assert.equal(message(QUERY), undefined)
  assert.deepEqual(message(QUERY, 1_175_139_620_001), ['AccessDenied', 403, 'Request has expired'])
  const incomplete = 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters'
  for (const missing of ['AWSAccessKeyId', 'Signature', 'Expires'])
    assert.deepEqual(message(QUERY.replace(missing, 'Other')), ['AccessDenied', 403, incomplete])
  assert.deepEqual(message(QUERY.replace('1175139620', 'tomorrow')), [
    'AccessDenied',
    403,
    'Invalid date (should be seconds since epoch): tomorrow',
  ])
})
