import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Type } from 'typebox'
import { operation, type Service } from '../../src/operations/operation.ts'
import { stsService } from '../../src/operations/sts/service.ts'
import { presignQuery } from '../../src/protocol/sigv4-sign.ts'
import { deriveSigningKey } from '../../src/protocol/signing-keys.ts'
import { chunkedBody } from '../protocol/chunked-body.ts'
import { ACCOUNT, OWNER, recordingS3, startFront } from './front-fixture.ts'
import { RawClient } from './raw-client.ts'
import { sha256, signAs, signatureIn, type ClientForm } from './sign-as.ts'

/** The forms in wire-protocols 2, 3, 5 and 6, header for header, on a real socket. */

test('boto3 calls SageMaker: the payload hash is in no header and the amz-sdk headers are unsigned', async (t) => {
  const { client, host } = await open(t, { services: [echoService()] })
  const body = '{"TrainingJobName": "j"}'
  const headers = signAs({
    method: 'POST',
    path: '/',
    headers: [
      ['Host', host],
      ['Accept-Encoding', 'identity'],
      ['X-Amz-Target', 'SageMaker.Echo'],
      ['Content-Type', 'application/x-amz-json-1.1'],
      ['User-Agent', 'Boto3/1.43.11 md/Botocore#1.43.11'],
      ['X-Amz-Date', 'DATE'],
      ['Authorization', 'AUTHORIZATION'],
      ['amz-sdk-invocation-id', 'a099c1f2-0000-4000-8000-000000000000'],
      ['amz-sdk-request', 'attempt=1'],
      ['Content-Length', '24'],
    ],
    signedHeaders: 'content-type;host;x-amz-date;x-amz-target',
    service: 'sagemaker',
    payload: sha256(body),
  })
  client.sendRequest('POST /', headers, body)
  const response = await client.response()
  assert.equal(response.status, 200)
  assert.equal(response.headers['content-type'], 'application/x-amz-json-1.1')
  assert.match(response.headers['x-amzn-requestid'] ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.ok(Math.abs(Date.parse(response.headers['date'] ?? '') - Date.now()) < 5000)
  assert.deepEqual(JSON.parse(response.body), {
    input: { TrainingJobName: 'j' },
    account: ACCOUNT,
    region: 'us-east-1',
    invocationId: 'a099c1f2-0000-4000-8000-000000000000',
    bodyHash: sha256(body),
  })
})

test('the JavaScript SDK calls SageMaker on a base path: lower-case names, everything signed', async (t) => {
  const { client, host } = await open(t, { services: [echoService()] })
  const body = '{"TrainingJobName":"j"}'
  const headers = signAs({
    method: 'POST',
    path: '/base/path/',
    headers: [
      ['content-type', 'application/x-amz-json-1.1'],
      ['x-amz-target', 'SageMaker.Echo'],
      ['content-length', '23'],
      ['x-amz-user-agent', 'aws-sdk-js/3.1141.0'],
      ['user-agent', 'aws-sdk-js/3.1141.0 ua/2.1 os/linux m/N,E,g'],
      ['host', host],
      ['amz-sdk-invocation-id', 'b6e8d7f4-0000-4000-8000-000000000000'],
      ['amz-sdk-request', 'attempt=1; max=3'],
      ['x-amz-date', 'DATE'],
      ['x-amz-content-sha256', sha256(body)],
      ['authorization', 'AUTHORIZATION'],
    ],
    signedHeaders:
      'amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target;x-amz-user-agent',
    service: 'sagemaker',
    payload: sha256(body),
    region: 'eu-central-1',
  })
  client.sendRequest('POST /base/path/', headers, body)
  const response = await client.response()
  assert.equal(response.status, 200)
  assert.equal((JSON.parse(response.body) as { region: string }).region, 'eu-central-1')
})

for (const contentType of ['application/x-www-form-urlencoded; charset=utf-8', 'application/x-www-form-urlencoded'])
  test(`STS is asked by a form of type ${contentType}`, async (t) => {
    const { client, host } = await open(t, { services: [stsService()] })
    const body = 'Action=GetCallerIdentity&Version=2011-06-15'
    const headers = signAs({
      method: 'POST',
      path: '/',
      headers: [
        ['Host', host],
        ['Content-Type', contentType],
        ['X-Amz-Date', 'DATE'],
        ['Authorization', 'AUTHORIZATION'],
        ['Content-Length', String(body.length)],
      ],
      signedHeaders: 'content-type;host;x-amz-date',
      service: 'sts',
      payload: sha256(body),
    })
    client.sendRequest('POST /', headers, body)
    const response = await client.response()
    assert.equal(response.status, 200)
    assert.equal(response.headers['content-type'], 'text/xml')
    assert.match(
      response.body,
      new RegExp(
        `^<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">.*<Account>${ACCOUNT}<`,
      ),
    )
  })

test('STS is asked by a presigned GET', async (t) => {
  const { client, host } = await open(t, { services: [stsService()] })
  const query = presignQuery(
    { method: 'GET', path: '/', query: 'Action=GetCallerIdentity&Version=2011-06-15', headers: { host } },
    60,
    { credentials: OWNER, service: 'sts', region: 'us-east-1', now: Date.now() },
  )
  client.sendRequest(`GET /?${query}`, { Host: host })
  const response = await client.response()
  assert.equal(response.status, 200)
  assert.match(response.body, /<GetCallerIdentityResult>/)
})

test('boto3 puts an object over http: hash and checksum in headers, the key encoded', async (t) => {
  const s3 = recordingS3()
  const { client, host } = await open(t, { s3: s3.service })
  const path = '/bkt/a%20b/%C3%BC%2B%2A~%21.txt'
  const headers = signAs({
    method: 'PUT',
    path,
    headers: [
      ['Host', host],
      ['x-amz-sdk-checksum-algorithm', 'CRC32'],
      ['x-amz-checksum-crc32', 'gtnkmQ=='],
      ['X-Amz-Date', 'DATE'],
      ['X-Amz-Content-SHA256', sha256('hello stream')],
      ['Authorization', 'AUTHORIZATION'],
      ['Content-Length', '12'],
    ],
    signedHeaders: 'host;x-amz-checksum-crc32;x-amz-content-sha256;x-amz-date;x-amz-sdk-checksum-algorithm',
    service: 's3',
    payload: sha256('hello stream'),
  })
  client.sendRequest(`PUT ${path}`, headers, 'hello stream')
  assert.equal((await client.response()).status, 200)
  const [request] = s3.requests
  assert.equal(request?.bucket, 'bkt')
  assert.equal(request?.key, 'a b/ü+*~!.txt')
  assert.equal(request?.contentLength, 12)
  assert.equal(request?.content.toString(), 'hello stream')
  assert.deepEqual([request?.checksum?.algorithm, request?.checksum?.value()], ['CRC32', 'gtnkmQ=='])
})

test('boto3 puts an object over https: aws-chunked with a trailer, inside HTTP chunks, after 100 Continue', async (t) => {
  const s3 = recordingS3()
  const { client, host } = await open(t, { s3: s3.service })
  client.sendRequest('PUT /bkt/k', signAs(trailerForm(host)))
  assert.equal((await client.response()).status, 100)
  const body = 'c\r\nhello stream\r\n0\r\nx-amz-checksum-crc32:gtnkmQ==\r\n\r\n'
  client.send(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)
  assert.equal((await client.response()).status, 200)
  const [request] = s3.requests
  assert.equal(request?.content.toString(), 'hello stream')
  assert.equal(request?.contentLength, 12)
  assert.equal(request?.headers['content-encoding'], undefined)
  assert.deepEqual([request?.checksum?.algorithm, request?.checksum?.value()], ['CRC32', 'gtnkmQ=='])
})

test('an older Java SDK puts an object: every chunk signed, with Content-Length', async (t) => {
  const s3 = recordingS3()
  const { client, host } = await open(t, { s3: s3.service })
  const now = Date.now()
  const data = [Buffer.alloc(70_000, 'a'), Buffer.from('end')]
  const length = chunkedBody({ chunks: data, seed: placeholderSeed() }).bytes.length
  const headers = signAs({
    method: 'PUT',
    path: '/bkt/k',
    headers: [
      ['Host', host],
      ['Content-Encoding', 'gzip, aws-chunked'],
      ['x-amz-decoded-content-length', '70003'],
      ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
      ['x-amz-date', 'DATE'],
      ['Authorization', 'AUTHORIZATION'],
      ['Content-Length', String(length)],
    ],
    signedHeaders: 'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length',
    service: 's3',
    payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    now,
  })
  const timestamp = headers['x-amz-date'] ?? ''
  const date = timestamp.slice(0, 8)
  const seed = {
    key: deriveSigningKey(OWNER.secretAccessKey, { date, region: 'us-east-1', service: 's3' }),
    timestamp,
    scope: `${date}/us-east-1/s3/aws4_request`,
    signature: signatureIn(headers),
  }
  client.sendRequest('PUT /bkt/k', headers, chunkedBody({ chunks: data, seed }).bytes)
  assert.equal((await client.response()).status, 200)
  assert.deepEqual(s3.requests[0]?.content, Buffer.concat(data))
  assert.equal(s3.requests[0]?.headers['content-encoding'], 'gzip')
})

test('the JavaScript SDK presigns a GET with its own parameters, in its own order', async (t) => {
  const s3 = recordingS3()
  const { client, host } = await open(t, { s3: s3.service })
  const query = presignQuery(
    {
      method: 'GET',
      path: '/bkt/k',
      query: 'X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&x-amz-checksum-mode=ENABLED&x-id=GetObject&versionId=v',
      headers: { host },
    },
    900,
    { credentials: OWNER, service: 's3', region: 'us-east-1', now: Date.now() },
  )
  const shuffled = query.split('&').toReversed().join('&')
  client.sendRequest(`GET /bkt/k?${shuffled}`, { Host: host })
  assert.equal((await client.response()).status, 200)
  const [request] = s3.requests
  assert.deepEqual([...(request?.query ?? [])], [['versionId', 'v']])
  assert.equal(request?.headers['x-amz-checksum-mode'], 'ENABLED')
})

test('the JavaScript SDK addresses a bucket by the host name', async (t) => {
  const s3 = recordingS3()
  const { client, port } = await open(t, { s3: s3.service })
  const host = `bkt.localhost:${port}`
  const form: ClientForm = {
    method: 'GET',
    path: '/-/k',
    headers: [
      ['host', host],
      ['x-amz-content-sha256', sha256('')],
      ['x-amz-date', 'DATE'],
      ['authorization', 'AUTHORIZATION'],
    ],
    signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
    service: 's3',
    payload: sha256(''),
  }
  client.sendRequest('GET /-/k', signAs(form))
  assert.equal((await client.response()).status, 200)
  assert.deepEqual([s3.requests[0]?.bucket, s3.requests[0]?.key], ['bkt', '-/k'])
})

async function open(t: TestContext, options: Parameters<typeof startFront>[1]) {
  const front = await startFront(t, options)
  const client = await RawClient.open(front.port)
  t.after(() => client.close())
  return { client, host: front.host, port: front.port }
}

function trailerForm(host: string): ClientForm {
  return {
    method: 'PUT',
    path: '/bkt/k',
    headers: [
      ['Host', host],
      ['Expect', '100-continue'],
      ['Transfer-Encoding', 'chunked'],
      ['Content-Encoding', 'aws-chunked'],
      ['X-Amz-Trailer', 'x-amz-checksum-crc32'],
      ['X-Amz-Decoded-Content-Length', '12'],
      ['x-amz-sdk-checksum-algorithm', 'CRC32'],
      ['X-Amz-Content-SHA256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
      ['X-Amz-Date', 'DATE'],
      ['Authorization', 'AUTHORIZATION'],
    ],
    signedHeaders:
      'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-sdk-checksum-algorithm;x-amz-trailer',
    service: 's3',
    payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  }
}

/** For a body's length only. */
function placeholderSeed() {
  const key = deriveSigningKey('s', { date: '20260101', region: 'us-east-1', service: 's3' })
  return { key, timestamp: '20260101T000000Z', scope: 's', signature: '0'.repeat(64) }
}

function echoService(): Service {
  const echo = operation({
    access: 'read',
    input: Type.Object({}),
    handle: async (input, call) => ({
      input,
      account: call.principal.account,
      region: call.region,
      invocationId: call.invocationId,
      bodyHash: call.bodyHash,
    }),
  })
  return {
    name: 'sagemaker',
    protocol: 'json',
    targetPrefix: 'SageMaker',
    jsonVersion: '1.1',
    errorMember: 'message',
    operations: { Echo: echo },
  }
}
