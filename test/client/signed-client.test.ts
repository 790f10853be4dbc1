import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { ConnectionError, ServiceError } from '../../src/client/client-errors.ts'
import { SignedClient } from '../../src/client/signed-client.ts'

const OPTIONS = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  pause: () => Promise.resolve(),
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers its first requests with these handlers, one each, and all later ones with the last; and a client of it. */
async function clientOf(t: TestContext, ...handlers: readonly [Handler, ...Handler[]]) {
  const invocations: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const handler = handlers[Math.min(invocations.length, handlers.length - 1)] ?? handlers[0]
    invocations.push(request.headers['amz-sdk-invocation-id']?.toString())
    request.resume().on('end', () => handler(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = new SignedClient({ ...OPTIONS, endpoint: `http://127.0.0.1:${port}` })
  t.after(async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  })
  return { client, invocations }
}

const ok: Handler = (_request, response) => response.end('{"TrainingJobArn":"arn"}')
const breaks: Handler = (request) => request.socket.destroy()
const busy: Handler = (_request, response) => response.writeHead(503).end('{"__type":"ServiceUnavailable"}')

test('A call that meets a broken connection and a busy server is made again, as the same call', async (t) => {
  const { client, invocations } = await clientOf(t, breaks, busy, ok)
  assert.deepEqual(await client.call('sagemaker', 'CreateTrainingJob', {}), { TrainingJobArn: 'arn' })
  assert.equal(invocations.length, 3)
  assert.equal(new Set(invocations).size, 1)
})

test('A refusal is not asked for again, and carries the code, message and request id of the service', async (t) => {
  const { client, invocations } = await clientOf(t, (_request, response) => {
    response.writeHead(400, { 'x-amzn-requestid': 'r-1' })
    response.end('{"__type":"com.amazonaws#ValidationException","message":"Requested resource not found."}')
  })
  await assert.rejects(client.call('sagemaker', 'DescribeTrainingJob', {}), (error) => {
    assert.ok(error instanceof ServiceError)
    const { code, message, status, requestId } = error
    assert.deepEqual(
      [code, message, status, requestId],
      ['ValidationException', 'Requested resource not found.', 400, 'r-1'],
    )
    return true
  })
  assert.equal(invocations.length, 1)
})

test('An error that is no document of a service keeps its status and text', async (t) => {
  const { client } = await clientOf(t, (_request, response) => response.writeHead(404).end('<html>lost</html'))
  await assert.rejects(client.own('/-/jobs/j'), { name: 'ServiceError', code: 'HTTP 404', message: '<html>lost</html' })
})

test('An answer that is not JSON is said to be none', async (t) => {
  const { client } = await clientOf(t, (_request, response) => response.end('hello'))
  await assert.rejects(client.own('/-/jobs/j'), { name: 'UnexpectedAnswerError' })
})

test('A call is given up at once when its signal aborts, with the reason', async (t) => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const { client } = await clientOf(t, () => controller.abort(reason))
  await assert.rejects(client.call('logs', 'GetLogEvents', {}, { signal: controller.signal }), reason)
})

test('Where nobody listens, the error names the address and the cause', async () => {
  const client = new SignedClient({ ...OPTIONS, endpoint: 'http://127.0.0.1:1' })
  await assert.rejects(client.own('/-/x'), (error) => {
    assert.ok(error instanceof ConnectionError)
    assert.match(error.message, /http:\/\/127\.0\.0\.1:1 cannot be reached.*ECONNREFUSED/)
    return true
  })
  await client.close()
})
