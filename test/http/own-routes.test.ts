import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OwnRoutes } from '../../src/http/own-routes.ts'
import { JOB, READER, signed, startFront, type RunningFront, type SignedRequest } from './front-fixture.ts'
import { RawClient, type RawResponse } from './raw-client.ts'

const own: OwnRoutes = {
  'GET /-/jobs/:name': async ({ parameters, query, body }, call) => ({
    status: 200,
    body: { parameters, query: [...query], body, account: call.principal.account },
  }),
  'POST /-/jobs/:name': async ({ body }) => ({ status: 201, body: { body } }),
}

test('hands a route its parameters, query and body', async (t) => {
  const front = await startFront(t, { own })
  const got = await call(front, { method: 'GET', path: '/-/jobs/a%20b', query: 'n=1&m' })
  assert.equal(got.status, 200)
  assert.deepEqual(JSON.parse(got.body), {
    parameters: { name: 'a b' },
    query: [
      ['n', '1'],
      ['m', ''],
    ],
    body: {},
    account: '111122223333',
  })
  const posted = await call(front, { method: 'POST', path: '/-/jobs/j', body: '{"x":1}' })
  assert.deepEqual([posted.status, posted.body], [201, '{"body":{"x":1}}'])
})

for (const [what, request, status, code] of [
  ['an unknown route', { method: 'GET', path: '/-/nothing' }, 404, 'NotFound'],
  ['a route without its parameter', { method: 'GET', path: '/-/jobs/' }, 404, 'NotFound'],
  ['another method', { method: 'DELETE', path: '/-/jobs/j' }, 405, 'MethodNotAllowed'],
  ['a body that is no JSON', { method: 'POST', path: '/-/jobs/j', body: '{' }, 400, 'SerializationException'],
  [
    'a signature for another service',
    { method: 'GET', path: '/-/jobs/j', service: 's3' },
    400,
    'InvalidSignatureException',
  ],
  ["a job's session", { method: 'GET', path: '/-/jobs/j', credentials: JOB }, 400, 'AccessDeniedException'],
  [
    'a read-only key that posts',
    { method: 'POST', path: '/-/jobs/j', credentials: READER },
    400,
    'AccessDeniedException',
  ],
] as const)
  test(`answers ${what} with ${status} ${code}`, async (t) => {
    const front = await startFront(t, { own })
    const response = await call(front, request)
    assert.equal(response.status, status)
    assert.equal(response.headers['content-type'], 'application/json')
    assert.equal((JSON.parse(response.body) as { __type: string }).__type, code)
  })

test('answers health to anybody, everything else only signed', async (t) => {
  const front = await startFront(t, { own })
  const health = await plain(front, 'GET /-/health', { Host: front.host })
  assert.deepEqual([health.status, health.body], [200, '{"status":"ok"}'])
  const job = await plain(front, 'GET /-/jobs/j', { Host: front.host })
  assert.match(job.body, /MissingAuthenticationTokenException/)
})

test('answers health with what the server finds, and life without looking', async (t) => {
  const body = { status: 'failing', checks: { disk: 'full' } }
  const front = await startFront(t, { own, health: async () => ({ status: 503, body }) })
  const ask = async (line: string) => {
    const { status, body } = await plain(front, line, { Host: front.host })
    return [status, body]
  }
  assert.deepEqual(await ask('GET /-/health'), [503, JSON.stringify(body)])
  assert.deepEqual(await ask('GET /-/health/live'), [200, '{"status":"ok"}'])
})

test('every answer has a request id of its own, one to bytes that are no HTTP too', async (t) => {
  const front = await startFront(t, { own })
  const client = await RawClient.open(front.port)
  client.send('nonsense\r\n\r\n')
  const malformed = await client.response()
  await client.closed()
  const answers = [
    malformed,
    await plain(front, 'GET /-/health', { Host: front.host }),
    await plain(front, 'GET /-/nothing', { Host: front.host }),
    await plain(front, 'GET /', { Host: front.host, Accept: 'text/html' }),
  ]
  const ids = answers.map(({ headers }) => headers['x-amzn-requestid'])
  for (const id of ids) assert.match(id ?? '', /^[0-9a-f-]{36}$/)
  assert.equal(new Set(ids).size, 4)
  assert.match((await plain(front, 'GET /bkt', { Host: front.host })).headers['x-amz-request-id'] ?? '', /^\S+$/)
})

test('answers nothing of its own under a name that is not its own', async (t) => {
  const front = await startFront(t, { own })
  for (const host of [`rebound.example:${front.port}`, `127.0.0.1.example:${front.port}`, 'x']) {
    const response = await plain(front, 'GET /-/health', { Host: host })
    assert.deepEqual([response.status, /"__type":"(\w+)"/.exec(response.body)?.[1]], [421, 'MisdirectedRequest'])
  }
  assert.equal((await plain(front, 'GET /-/health', { Host: `LOCALHOST:${front.port}` })).status, 200)
})

async function call(
  front: RunningFront,
  request: Omit<SignedRequest, 'headers' | 'service'> & { readonly service?: string },
): Promise<RawResponse> {
  const { method, path, query = '', body = '', credentials } = request
  const host = { host: front.host }
  const headers = credentials?.sessionToken ? { ...host, 'x-amz-security-token': credentials.sessionToken } : host
  const all = signed({ ...request, service: request.service ?? 'trainyard', headers })
  const line = `${method} ${path}${query === '' ? '' : `?${query}`}`
  return plain(front, line, { ...all, 'content-length': String(body.length) }, body.toString())
}

async function plain(front: RunningFront, line: string, headers: Readonly<Record<string, string>>, body = '') {
  const client = await RawClient.open(front.port)
  client.sendRequest(line, headers, body)
  const response = await client.response()
  client.close()
  return response
}
