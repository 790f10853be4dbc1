import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { test, type TestContext } from 'node:test'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { createHttpFront, type HttpFrontOptions } from '../../src/http/http-front.ts'
import { operation, type Service } from '../../src/operations/operation.ts'
import type { S3Service } from '../../src/operations/s3/s3-request.ts'
import { structure } from '../../src/protocol/shapes/declare.ts'
import { systemIds } from '../../src/util/ids.ts'
import { credentials, OWNER, recordingS3, signed, startFront, type RunningFront } from './front-fixture.ts'
import { RawClient } from './raw-client.ts'
import { TEST_CERT, TEST_KEY } from './tls-fixture.ts'

const PUT = { method: 'PUT', path: '/bkt/k', service: 's3', payload: 'UNSIGNED-PAYLOAD' } as const

const echo: Service = {
  name: 'sagemaker',
  protocol: 'json',
  targetPrefix: 'SageMaker',
  jsonVersion: '1.1',
  errorMember: 'message',
  operations: { Echo: operation({ access: 'read', input: structure({}), handle: async (input) => input }) },
}

test('serves many requests on one connection, also when they come all at once', async (t) => {
  const s3 = recordingS3()
  const { client, front } = await open(t, { s3: s3.service })
  for (let at = 0; at < 20; at++)
    client.sendRequest('PUT /bkt/k', putHeaders(front, `body ${at % 10}`), `body ${at % 10}`)
  for (let at = 0; at < 20; at++) {
    const response = await client.response()
    assert.deepEqual([response.status, response.headers['connection']], [200, 'keep-alive'])
  }
  assert.deepEqual(new Set(s3.requests.map(({ content }) => content.toString())).size, 10)
})

for (const [way, pieces] of Object.entries({
  'with its head': (head: string, body: string) => [head + body],
  'after its head': (head: string, body: string) => [head, body],
  'in pieces': (head: string, body: string) => [head + body.slice(0, 5), body.slice(5, 6), body.slice(6)],
})) {
  test(`takes a JSON body that comes ${way}`, async (t) => {
    const { client, front } = await open(t, { services: [echo] })
    const body = JSON.stringify({ text: 'x'.repeat(100) })
    const headers = { ...jsonHeaders(front, body), 'content-length': String(body.length) }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    for (const piece of pieces(`POST / HTTP/1.1\r\n${lines.join('')}\r\n`, body)) {
      client.send(piece)
      // The server runs in this process: it has read the piece when its own connection has been answered.
      await assertAlive(front)
    }
    const response = await client.response()
    assert.deepEqual([response.status, response.body], [200, body])
  })
}

test('answers 413 to a JSON body in chunks that comes with its head and is too large', async (t) => {
  const { client, front } = await open(t, { services: [echo], limits: { rpcBodyBytes: 1000 } })
  const head = { ...jsonHeaders(front, '{}'), 'transfer-encoding': 'chunked' }
  client.sendRequest('POST /', head, `800\r\n${'x'.repeat(0x800)}\r\n0\r\n\r\n`)
  assert.equal((await client.response()).status, 413)
  client.sendRequest('POST /', { ...jsonHeaders(front, '{}'), 'content-length': '2' }, '{}')
  assert.equal((await client.response()).status, 200)
})

test('answers 413 to a JSON body that says it is too large, before any of it comes', async (t) => {
  const { client, front } = await open(t, { services: [echo], limits: { rpcBodyBytes: 1000 } })
  client.sendRequest('POST /', { ...jsonHeaders(front, '{}'), 'content-length': '1001' })
  const response = await client.response()
  assert.deepEqual(
    [response.status, /"__type":"(\w+)"/.exec(response.body)?.[1]],
    [413, 'RequestEntityTooLargeException'],
  )
})

test('answers 413 to a JSON body that turns out too large', async (t) => {
  const { client, front } = await open(t, { services: [echo], limits: { rpcBodyBytes: 1000 } })
  client.sendRequest('POST /', { ...jsonHeaders(front, '{}'), 'transfer-encoding': 'chunked' })
  client.send(`800\r\n${'x'.repeat(0x800)}\r\n`)
  assert.equal((await client.response()).status, 413)
})

test('cuts a client that goes on sending what was refused', async (t) => {
  const { client, front } = await open(t, { services: [echo], limits: { rpcBodyBytes: 1000, lingerMilliseconds: 20 } })
  client.sendRequest('POST /', { ...jsonHeaders(front, '{}'), 'content-length': '10000000' })
  assert.equal((await client.response()).status, 413)
  await client.closed()
})

test('keeps the connection of a client whose refused body is soon over', async (t) => {
  const { client, front } = await open(t, { services: [echo], limits: { rpcBodyBytes: 1000 } })
  client.sendRequest('POST /', { ...jsonHeaders(front, '{}'), 'content-length': '200000' }, 'x'.repeat(200_000))
  assert.equal((await client.response()).status, 413)
  client.sendRequest('POST /', { ...jsonHeaders(front, '{}'), 'content-length': '2' }, '{}')
  assert.equal((await client.response()).status, 200)
})

test('refuses an Expect: 100-continue of an unknown key at once and takes no body on that connection', async (t) => {
  const { client, front } = await open(t, { s3: recordingS3().service })
  const headers = signed({
    ...PUT,
    headers: { host: front.host },
    credentials: { ...OWNER, accessKeyId: 'AKIANOBODY' },
  })
  client.sendRequest('PUT /bkt/k', { ...headers, expect: '100-continue', 'content-length': '100' })
  const response = await client.response()
  assert.deepEqual([response.status, response.headers['connection']], [403, 'close'])
  await client.closed()
})

test('a body that ends too early never reaches its end, and the request is aborted', async (t) => {
  const events: string[] = []
  let settled: (() => void) | undefined
  const over = new Promise<void>((resolve) => (settled = resolve))
  const s3: S3Service = async ({ body, call }) => {
    call.signal.addEventListener('abort', () => events.push('aborted'))
    try {
      for await (const chunk of body) events.push(`chunk of ${chunk.length}`)
      events.push('whole')
    } catch (error) {
      events.push((error as Error).name)
      throw error
    } finally {
      setImmediate(() => settled?.())
    }
    return { status: 200, headers: {} }
  }
  const { client, front } = await open(t, { s3 })
  client.sendRequest('PUT /bkt/k', { ...signedPut(front), 'content-length': '100' }, 'half')
  while (!events.includes('chunk of 4')) await new Promise(setImmediate)
  client.close()
  await over
  assert.deepEqual(events.toSorted(), ['ClientGoneError', 'aborted', 'chunk of 4'])
  assert.deepEqual(front.logged, [])
  await assertAlive(front)
})

test('a JSON client that goes away is forgotten', async (t) => {
  const { client, front } = await open(t, { services: [echo] })
  client.sendRequest('POST /', { ...jsonHeaders(front, '{}'), 'content-length': '2' }, '{')
  client.socket.end()
  await client.closed()
  assert.deepEqual(front.logged, [])
  await assertAlive(front)
})

test('answers a body that stops coming with RequestTimeout, and a JSON one with 408', async (t) => {
  const limits = { idleMilliseconds: 30, rpcBodyMilliseconds: 30, lingerMilliseconds: 20 }
  const { client, front } = await open(t, { s3: recordingS3().service, services: [echo], limits })
  client.sendRequest('PUT /bkt/k', { ...signedPut(front), 'content-length': '100' }, 'half')
  const s3 = await client.response()
  assert.deepEqual([s3.status, /<Code>(\w+)</.exec(s3.body)?.[1]], [400, 'RequestTimeout'])
  await client.closed()
  const second = await RawClient.open(front.port)
  second.sendRequest('POST /', { ...jsonHeaders(front, '{}'), 'content-length': '2' }, '{')
  assert.equal((await second.response()).status, 408)
  await second.closed()
})

test('cuts a client that does not send its head', async (t) => {
  const { client } = await open(t, { limits: { headMilliseconds: 50 } })
  client.send('GET / HTTP/1.1\r\nHost')
  assert.equal((await client.response()).status, 408)
  await client.closed()
})

test('streams an object no faster than the client reads it, and stops reading when the client goes', async (t) => {
  let produced = 0
  const body = new Readable({
    read() {
      produced += 65_536
      this.push(Buffer.alloc(65_536))
    },
  })
  const s3: S3Service = async () => ({ status: 200, headers: {}, body })
  const { client, front } = await open(t, { s3 })
  client.socket.pause()
  client.sendRequest(
    'GET /bkt/k',
    signed({ method: 'GET', path: '/bkt/k', service: 's3', headers: { host: front.host } }),
  )
  // Backpressure has stopped the stream when it makes nothing more in many turns.
  for (let still = 0, before = -1; still < 200; before = produced) {
    await new Promise(setImmediate)
    still = produced > 0 && produced === before ? still + 1 : 0
  }
  assert.ok(produced < 64 * 2 ** 20, `${produced} bytes were read ahead`)
  client.close()
  if (!body.closed) await new Promise<void>((resolve) => body.once('close', resolve))
  assert.ok(body.destroyed)
  await assertAlive(front)
})

test('cuts the answer when its stream fails, so that no half object looks whole', async (t) => {
  const s3: S3Service = async () => ({
    status: 200,
    headers: { 'content-length': '100' },
    body: Readable.from(failing()),
  })
  const { client, front } = await open(t, { s3 })
  client.sendRequest(
    'GET /bkt/k',
    signed({ method: 'GET', path: '/bkt/k', service: 's3', headers: { host: front.host } }),
  )
  await assert.rejects(client.response(), /the connection ended/)
  assert.match(front.logged[0]?.err?.message ?? '', /disk on fire/)
})

test('an S3 operation that answers before it has read its body leaves the connection usable', async (t) => {
  const s3: S3Service = async () => ({ status: 200, headers: {} })
  const { client, front } = await open(t, { s3 })
  const body = 'x'.repeat(300_000)
  client.sendRequest('PUT /bkt/k', { ...signedPut(front), 'content-length': String(body.length) }, body)
  assert.equal((await client.response()).status, 200)
  client.sendRequest('PUT /bkt/k', { ...signedPut(front), 'content-length': '0' })
  assert.equal((await client.response()).status, 200)
})

for (const [what, bytes, status] of [
  ['no HTTP at all', '\u0016\u0003\u0001hello\r\n\r\n', 400],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['a head that is too large', `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
] as const)
  test(`answers ${what} with ${status} and lives on`, async (t) => {
    const { client, front } = await open(t, {})
    client.send(bytes)
    assert.equal((await client.response()).status, status)
    await client.closed()
    await assertAlive(front)
  })

test('closes gracefully: lets what is under way finish, takes nothing new, and may be asked twice', async (t) => {
  const entered = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const s3: S3Service = async () => {
    entered.resolve()
    await held.promise
    return { status: 200, headers: {} }
  }
  const { client, front } = await open(t, { s3 })
  const idle = await RawClient.open(front.port)
  client.sendRequest('PUT /bkt/k', { ...signedPut(front), 'content-length': '0' })
  await entered.promise
  const closing = front.close()
  await idle.closed()
  await assert.rejects(RawClient.open(front.port), { code: 'ECONNREFUSED' })
  held.resolve()
  const response = await client.response()
  assert.deepEqual([response.status, response.headers['connection']], [200, 'close'])
  await Promise.all([closing, front.close(), client.closed()])
})

test('cuts what does not finish in time, and tells it', async (t) => {
  const entered = Promise.withResolvers<void>()
  const aborted = Promise.withResolvers<void>()
  const s3: S3Service = ({ call }) => {
    call.signal.addEventListener('abort', () => aborted.resolve())
    entered.resolve()
    return new Promise(() => {})
  }
  const { client, front } = await open(t, { s3, limits: { closeMilliseconds: 30 } })
  client.sendRequest('PUT /bkt/k', { ...signedPut(front), 'content-length': '0' })
  await entered.promise
  await Promise.all([front.close(), client.closed(), aborted.promise])
})

test('speaks TLS with a certificate and key', async (t) => {
  const front = createHttpFront({
    services: [],
    s3: async () => ({ status: 200, headers: {} }),
    own: {},
    credentials,
    wireClock: { now: () => Date.now() },
    ids: systemIds(),
    log: pino({ level: 'silent' }),
    allowedHosts: ['localhost'],
  })
  const { port } = await front.listen({ host: '127.0.0.1', port: 0, tls: { cert: TEST_CERT, key: TEST_KEY } })
  t.after(() => front.close())
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: TEST_CERT })
  await once(socket, 'secureConnect')
  socket.write('GET /-/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*\{"status":"ok"\}$/)
})

test('says which port is taken', async (t) => {
  const { front } = await open(t, {})
  const second = createHttpFront({
    services: [],
    s3: async () => ({ status: 200, headers: {} }),
    own: {},
    credentials,
    wireClock: { now: () => Date.now() },
    ids: systemIds(),
    log: pino({ level: 'silent' }),
    allowedHosts: [],
  })
  await assert.rejects(second.listen({ host: '127.0.0.1', port: front.port }), { code: 'EADDRINUSE' })
  await second.close()
})

async function open(t: TestContext, options: Partial<HttpFrontOptions>) {
  const front = await startFront(t, options)
  const client = await RawClient.open(front.port)
  t.after(() => client.close())
  return { client, front }
}

function signedPut(front: RunningFront): Record<string, string> {
  return signed({ ...PUT, headers: { host: front.host } })
}

function putHeaders(front: RunningFront, body: string): Record<string, string> {
  return { ...signedPut(front), 'content-length': String(body.length) }
}

function jsonHeaders(front: RunningFront, body: string): Record<string, string> {
  const headers = { host: front.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.Echo' }
  return signed({ method: 'POST', path: '/', service: 'sagemaker', headers, body })
}

async function assertAlive(front: RunningFront): Promise<void> {
  const client = await RawClient.open(front.port)
  client.sendRequest('GET /-/health', { host: front.host })
  assert.equal((await client.response()).status, 200)
  client.close()
}

async function* failing() {
  yield Buffer.from('half')
  throw new Error('disk on fire')
}

test('where there are too many connections, the one that has been idle longest makes room', async (t) => {
  const { client: first, front } = await open(t, { limits: { connections: 3 } })
  first.sendRequest('GET /-/health', { host: front.host })
  assert.equal((await first.response()).status, 200)
  const second = await RawClient.open(front.port)
  const third = await RawClient.open(front.port)
  // It has been heard of last, so that it is not the one to go.
  first.sendRequest('GET /-/health', { host: front.host })
  assert.equal((await first.response()).status, 200)
  const fourth = await RawClient.open(front.port)
  await second.closed()
  for (const client of [first, third, fourth]) {
    client.sendRequest('GET /-/health', { host: front.host })
    assert.equal((await client.response()).status, 200)
    client.close()
  }
})

test('a connection whose request is under way is not closed for a new one', async (t) => {
  const entered = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const s3: S3Service = async () => {
    entered.resolve()
    await held.promise
    return { status: 200, headers: {} }
  }
  const { client, front } = await open(t, { s3, limits: { connections: 1 } })
  client.sendRequest('PUT /bkt/k', { ...signedPut(front), 'content-length': '0' })
  await entered.promise
  const refused = await RawClient.open(front.port)
  await refused.closed()
  held.resolve()
  assert.equal((await client.response()).status, 200)
})
