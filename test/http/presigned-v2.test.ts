import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { presignQuery, type SigningCredentials } from '../../src/protocol/sigv4-sign.ts'
import { signatureV2 } from '../../src/protocol/sigv2.ts'
import { RawClient } from './raw-client.ts'
import { JOB, OWNER, READER, recordingS3, startFront } from './front-fixture.ts'

interface Wish {
  readonly method?: string
  readonly host?: string
  readonly path?: string
  readonly query?: string
  readonly bucket?: string
  readonly credentials?: SigningCredentials
  /** Seconds from now. */
  readonly expires?: number
}

async function server(t: TestContext) {
  const s3 = recordingS3()
  const { port } = await startFront(t, { s3: s3.service })
  const presign = (wish: Wish) => {
    const { method = 'GET', path = '/bkt/a%20key', credentials = OWNER } = wish
    const expires = String(Math.floor(Date.now() / 1000) + (wish.expires ?? 60))
    const token = credentials.sessionToken ? [`x-amz-security-token=${credentials.sessionToken}`] : []
    const query = [...(wish.query ? [wish.query] : []), ...token].join('&')
    const signature = signatureV2(
      { method, path, query, headers: {} },
      expires,
      credentials.secretAccessKey,
      wish.bucket,
    )
    const own = { AWSAccessKeyId: credentials.accessKeyId, Signature: signature.toString('base64'), Expires: expires }
    return `http://127.0.0.1:${port}${path}?${query === '' ? '' : `${query}&`}${String(new URLSearchParams(own))}`
  }
  return { s3, presign, port }
}

async function code(response: Response): Promise<string | undefined> {
  return /<Code>(.*?)</.exec(await response.text())?.[1]
}

test('a URL presigned with Version 2 needs no keys, and its own parameters are none of S3', async (t) => {
  const { s3, presign } = await server(t)
  const response = await fetch(presign({ query: 'response-content-type=text%2Fx&prefix=p' }))
  assert.equal(response.status, 200)
  const [request] = s3.requests
  assert.deepEqual([request?.bucket, request?.key], ['bkt', 'a key'])
  assert.deepEqual(
    [...(request?.query ?? [])],
    [
      ['response-content-type', 'text/x'],
      ['prefix', 'p'],
    ],
  )
  assert.equal(request?.call.region, 'us-east-1')
})

test('a presigned put takes its signed type from the URL and its bytes as they come', async (t) => {
  const { s3, presign } = await server(t)
  const url = presign({ method: 'PUT', query: 'content-type=text%2Fcsv&x-amz-meta-a=b' })
  const response = await fetch(url, {
    method: 'PUT',
    body: Buffer.from('a,b'),
    headers: { 'content-type': 'text/csv' },
  })
  assert.equal(response.status, 200)
  const [request] = s3.requests
  assert.equal(request?.content.toString(), 'a,b')
  assert.deepEqual(
    ['content-type', 'x-amz-meta-a'].map((name) => request?.headers[name]),
    ['text/csv', 'b'],
  )
  assert.deepEqual([...(request?.query ?? [])], [])
})

test('the bucket may be named by the host, which Version 2 signs as if it were in the path', async (t) => {
  const { s3, presign, port } = await server(t)
  const { pathname, search } = new URL(presign({ path: '/k', bucket: 'bkt' }))
  const client = await RawClient.open(port)
  t.after(() => client.close())
  client.sendRequest(`GET ${pathname}${search}`, { Host: `bkt.localhost:${port}` })
  assert.equal((await client.response()).status, 200)
  client.sendRequest(`GET ${pathname}${search}`, { Host: `other.localhost:${port}` })
  assert.equal((await client.response()).status, 403)
  assert.deepEqual(
    s3.requests.map(({ bucket, key }) => [bucket, key]),
    [['bkt', 'k']],
  )
})

test('whatever was not signed is refused', async (t) => {
  const { s3, presign } = await server(t)
  const url = presign({})
  const otherKey = url.replace('a%20key', 'other')
  assert.equal(await code(await fetch(otherKey)), 'SignatureDoesNotMatch')
  assert.equal(await code(await fetch(url, { method: 'DELETE' })), 'SignatureDoesNotMatch')
  assert.equal(await code(await fetch(url, { headers: { 'x-amz-acl': 'public-read' } })), 'SignatureDoesNotMatch')
  assert.equal(await code(await fetch(`${url}&tagging`)), 'SignatureDoesNotMatch')
  assert.equal(await code(await fetch(url.replace(/Signature=[^&]+/, 'Signature=x'))), 'SignatureDoesNotMatch')
  assert.equal(await code(await fetch(url.replace(OWNER.accessKeyId, 'AKIANOBODY'))), 'InvalidAccessKeyId')
  assert.equal(await code(await fetch(presign({ expires: -1 }))), 'AccessDenied')
  assert.equal(await code(await fetch(url, { headers: { authorization: 'AWS4-HMAC-SHA256 x' } })), 'InvalidArgument')
  assert.deepEqual(s3.requests, [])
})

test('a session presigns with its token, and nobody may do more than with headers', async (t) => {
  const { s3, presign } = await server(t)
  assert.equal((await fetch(presign({ credentials: JOB }))).status, 200)
  const withoutToken = presign({
    credentials: { ...OWNER, accessKeyId: JOB.accessKeyId, secretAccessKey: JOB.secretAccessKey },
  })
  assert.equal(await code(await fetch(withoutToken)), 'InvalidToken')
  const put = presign({ method: 'PUT', credentials: READER })
  assert.equal(await code(await fetch(put, { method: 'PUT', body: Buffer.from('x') })), 'AccessDenied')
  assert.equal(s3.requests.length, 1)
})

test('chunks that are signed cannot follow a signature of Version 2', async (t) => {
  const { presign } = await server(t)
  const query = 'x-amz-content-sha256=STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  const response = await fetch(presign({ method: 'PUT', query }), {
    method: 'PUT',
    body: Buffer.from('x'),
    headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
  })
  assert.equal(await code(response), 'InvalidArgument')
})

test('a signed hash of the payload holds as a parameter as well', async (t) => {
  const { s3, presign } = await server(t)
  const url = presign({ method: 'PUT', query: `X-AMZ-Content-Sha256=${hash('sha256', 'signed', 'hex')}` })
  const put = (body: string) => fetch(url, { method: 'PUT', body: Buffer.from(body) })
  assert.equal(await code(await put('another')), 'XAmzContentSHA256Mismatch')
  assert.equal((await put('signed')).status, 200)
  assert.deepEqual(
    s3.requests.map(({ content }) => content.toString()),
    ['signed'],
  )
})

test('a parameter that stands for a header holds what a header can hold', async (t) => {
  const { s3, presign, port } = await server(t)
  const presignV4 = (query: string) => {
    const signable = { method: 'PUT', path: '/bkt/k', query, headers: { host: `127.0.0.1:${port}` } }
    const options = { credentials: OWNER, service: 's3', region: 'us-east-1', now: Date.now() }
    return `http://127.0.0.1:${port}/bkt/k?${presignQuery(signable, 60, options)}`
  }
  const put = (url: string) => fetch(url, { method: 'PUT', body: Buffer.from('x') })
  // To Version 2 the first of these is a copy that somebody signed, and would be a put of other bytes.
  for (const query of ['x-amz-acl=private%0Ax-amz-copy-source:/bkt/k', 'x-amz-meta-a=%00', 'x-amz-meta-a%20b=c']) {
    assert.equal(await code(await put(presign({ method: 'PUT', query }))), 'InvalidArgument', query)
    assert.equal(await code(await put(presignV4(query))), 'InvalidArgument', query)
  }
  assert.equal(s3.requests.length, 0)
  assert.equal((await put(presignV4('x-amz-meta-a=%E2%82%AC'))).status, 200)
  assert.equal(s3.requests[0]?.headers['x-amz-meta-a'], Buffer.from('€').toString('latin1'))
})
