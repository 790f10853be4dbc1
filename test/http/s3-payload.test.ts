import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import type { S3Service } from '../../src/operations/s3/s3-request.ts'
import { AwsError } from '../../src/protocol/errors.ts'
import { CHECKSUM_ALGORITHMS, createChecksum } from '../../src/util/checksum.ts'
import { recordingS3, signed, startFront } from './front-fixture.ts'
import { RawClient, type RawResponse } from './raw-client.ts'

const BODY = 'hello stream'
const TRAILER_MODE = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

for (const algorithm of CHECKSUM_ALGORITHMS)
  test(`verifies ${algorithm} as a header and as a trailer`, async (t) => {
    const name = `x-amz-checksum-${algorithm.toLowerCase()}`
    const right = checksumOf(algorithm, BODY)
    const wrong = checksumOf(algorithm, 'other bytes')
    assert.equal((await put(t, { [name]: right })).status, 200)
    assert.deepEqual(outcome(await put(t, { [name]: wrong })), [400, 'BadDigest'])
    assert.equal((await putChunked(t, { name, value: right })).status, 200)
    assert.deepEqual(outcome(await putChunked(t, { name, value: wrong })), [400, 'BadDigest'])
    assert.deepEqual(outcome(await putChunked(t, { name, value: 'AA==' })), [400, 'InvalidRequest'])
  })

const md5 = createHash('md5').update(BODY).digest('base64')
const wrongMd5 = createHash('md5').update('x').digest('base64')

for (const [what, headers, expected] of [
  ['a right Content-MD5', { 'content-md5': md5 }, [200, undefined]],
  ['a wrong Content-MD5', { 'content-md5': wrongMd5 }, [400, 'BadDigest']],
  ['a Content-MD5 that is none', { 'content-md5': 'abc' }, [400, 'InvalidDigest']],
  ['a checksum that is none', { 'x-amz-checksum-crc32': 'abc' }, [400, 'InvalidRequest']],
  [
    'two checksums',
    { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' },
    [400, 'InvalidRequest'],
  ],
  [
    'headers about checksums without one',
    { 'x-amz-checksum-mode': 'ENABLED', 'x-amz-checksum-algorithm': 'CRC32' },
    [200, undefined],
  ],
] as const)
  test(`answers ${what} with ${expected[1] ?? 200}`, async (t) => {
    assert.deepEqual(outcome(await put(t, headers)), expected)
  })

test('answers a body of another hash with XAmzContentSHA256Mismatch', async (t) => {
  const payload = createHash('sha256').update('other').digest('hex')
  const response = await put(t, {}, { payload })
  assert.deepEqual(outcome(response), [400, 'XAmzContentSHA256Mismatch'])
  assert.match(response.body, new RegExp(`<ClientComputedContentSHA256>${payload}<`))
})

test('takes an unsigned payload', async (t) => {
  assert.equal((await put(t, {}, { payload: 'UNSIGNED-PAYLOAD' })).status, 200)
})

test('does not take the checksum of a completed upload for that of its document', async (t) => {
  const headers = { 'x-amz-checksum-crc32': 'AAAAAA==' }
  const completed = await put(t, headers, { method: 'POST', query: 'uploadId=u' })
  assert.equal(completed.status, 200)
  const deleted = await put(t, headers, { method: 'POST', query: 'delete' })
  assert.deepEqual(outcome(deleted), [400, 'BadDigest'])
})

for (const [what, headers, expected] of [
  ['no decoded length', {}, [411, 'MissingContentLength']],
  ['a decoded length that is none', { 'x-amz-decoded-content-length': '-1' }, [400, 'IncompleteBody']],
  ['another decoded length', { 'x-amz-decoded-content-length': '5' }, [400, 'IncompleteBody']],
  [
    'a trailer that is no checksum',
    { 'x-amz-decoded-content-length': '12', 'x-amz-trailer': 'x-other' },
    [400, 'InvalidRequest'],
  ],
  [
    'two checksum trailers',
    { 'x-amz-decoded-content-length': '12', 'x-amz-trailer': 'x-amz-checksum-crc32,x-amz-checksum-sha1' },
    [400, 'InvalidRequest'],
  ],
] as const)
  test(`answers an aws-chunked body with ${what} with ${expected[1]}`, async (t) => {
    const response = await exchange(t, `c\r\n${BODY}\r\n0\r\n\r\n`, { headers, payload: TRAILER_MODE })
    assert.deepEqual(outcome(response), expected)
  })

test('answers a path that is not UTF-8 with InvalidURI', async (t) => {
  const front = await startFront(t, {})
  const client = await RawClient.open(front.port)
  t.after(() => client.close())
  const headers = signed({ method: 'GET', path: '/bkt/%41', service: 's3', headers: { host: front.host } })
  client.sendRequest('GET /bkt/%ff', headers)
  assert.deepEqual(outcome(await client.response()), [400, 'InvalidURI'])
})

test('guards the origin of every S3 answer, and gives both ids', async (t) => {
  const s3: S3Service = async ({ key }) => {
    if (key === 'none') throw new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404 })
    return { status: 200, headers: { 'content-type': 'text/html', 'content-security-policy': 'none' }, body: '<p>' }
  }
  const front = await startFront(t, { s3 })
  const client = await RawClient.open(front.port)
  t.after(() => client.close())
  for (const path of ['/bkt/page.html', '/bkt/none']) {
    client.sendRequest(`GET ${path}`, signed({ method: 'GET', path, service: 's3', headers: { host: front.host } }))
    const { headers } = await client.response()
    assert.equal(headers['content-security-policy'], 'sandbox')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.ok(headers['x-amz-request-id'] && headers['x-amz-id-2'])
  }
})

test('sends no body to HEAD, for an object or an error', async (t) => {
  const s3: S3Service = async ({ key }) => {
    if (key === 'none') throw new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404 })
    return { status: 200, headers: { 'content-length': '12' } }
  }
  const front = await startFront(t, { s3 })
  const client = await RawClient.open(front.port)
  t.after(() => client.close())
  const head = (path: string) => {
    client.sendRequest(`HEAD ${path}`, signed({ method: 'HEAD', path, service: 's3', headers: { host: front.host } }))
    return client.response({ toHead: true })
  }
  const found = await head('/bkt/k')
  assert.deepEqual([found.status, found.headers['content-length']], [200, '12'])
  assert.equal((await head('/bkt/none')).status, 404)
  // Had there been a body, it would be read as the head of this answer.
  assert.equal((await head('/bkt/k')).status, 200)
})

interface Given {
  readonly method?: string
  readonly query?: string
  readonly payload?: string
  readonly headers?: Readonly<Record<string, string>>
}

function put(t: TestContext, headers: Readonly<Record<string, string>>, given: Given = {}): Promise<RawResponse> {
  return exchange(t, BODY, { ...given, headers })
}

function putChunked(t: TestContext, trailer: { readonly name: string; readonly value: string }): Promise<RawResponse> {
  const headers = { 'x-amz-decoded-content-length': '12', 'x-amz-trailer': trailer.name }
  const body = `c\r\n${BODY}\r\n0\r\n${trailer.name}:${trailer.value}\r\n\r\n`
  return exchange(t, body, { headers, payload: TRAILER_MODE })
}

async function exchange(t: TestContext, body: string, given: Given): Promise<RawResponse> {
  const { method = 'PUT', query = '', payload } = given
  const front = await startFront(t, { s3: recordingS3().service })
  const client = await RawClient.open(front.port)
  const headers = { host: front.host, ...given.headers }
  const request = { method, path: '/bkt/k', query, headers, body, service: 's3' }
  const all = signed(payload === undefined ? request : { ...request, payload })
  client.sendRequest(
    `${method} /bkt/k${query === '' ? '' : `?${query}`}`,
    { ...all, 'content-length': String(body.length) },
    body,
  )
  const response = await client.response()
  client.close()
  return response
}

function outcome({ status, body }: RawResponse): [number, string | undefined] {
  return [status, /<Code>(\w+)</.exec(body)?.[1]]
}

function checksumOf(algorithm: (typeof CHECKSUM_ALGORITHMS)[number], text: string): string {
  const checksum = createChecksum(algorithm)
  checksum.update(Buffer.from(text))
  return checksum.digest().toString('base64')
}
