import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operation, RawJson, type Service } from '../../src/operations/operation.ts'
import { AwsError } from '../../src/protocol/errors.ts'
import { structure, text } from '../../src/protocol/shapes/declare.ts'
import { signed, startFront, type RunningFront } from './front-fixture.ts'
import { RawClient, type RawResponse } from './raw-client.ts'

const TYPE = 'application/x-amz-json-1.1'

const services: readonly Service[] = [
  {
    name: 'sagemaker',
    protocol: 'json',
    targetPrefix: 'SageMaker',
    jsonVersion: '1.1',
    errorMember: 'Message',
    operations: {
      Raw: operation({
        access: 'read',
        input: structure({}),
        handle: async () => new RawJson('{"a":1.70000000012E9}'),
      }),
      Void: operation({ access: 'read', input: structure({}), handle: async () => undefined }),
      Named: operation({
        access: 'read',
        input: structure({ Name: text({ max: 3 }) }),
        handle: async (input) => input,
      }),
      InUse: operation({
        access: 'read',
        input: structure({}),
        handle: () => Promise.reject(new AwsError('ResourceInUse', 'taken')),
      }),
      Broken: operation({
        access: 'read',
        input: structure({}),
        handle: () => Promise.reject(new Error('the secret of the house')),
      }),
    },
  },
  {
    name: 'iam',
    protocol: 'query',
    version: '2010-05-08',
    xmlNamespace: 'urn:iam',
    operations: {
      Broken: operation({
        access: 'read',
        input: structure({}),
        handle: () => Promise.reject(new Error('the secret of the house')),
      }),
      Void: operation({ access: 'read', input: structure({}), handle: async () => undefined }),
    },
  },
]

test('sends JSON text as it is, and nothing for an operation without output', async (t) => {
  const front = await startFront(t, { services })
  const raw = await callJson(front, 'SageMaker.Raw')
  assert.deepEqual([raw.status, raw.body], [200, '{"a":1.70000000012E9}'])
  const none = await callJson(front, 'SageMaker.Void')
  assert.deepEqual([none.status, none.headers['content-length'], none.body], [200, '0', ''])
})

test('answers an error of an operation in the member of its service', async (t) => {
  const front = await startFront(t, { services })
  const response = await callJson(front, 'SageMaker.InUse')
  assert.deepEqual([response.status, response.body], [400, '{"__type":"ResourceInUse","Message":"taken"}'])
  assert.equal(response.headers['content-type'], TYPE)
})

test('answers an input that breaks its shape with ValidationException', async (t) => {
  const front = await startFront(t, { services })
  const response = await callJson(front, 'SageMaker.Named', { body: '{"Name":"long"}' })
  assert.equal(response.status, 400)
  assert.match(response.body, /^\{"__type":"ValidationException","Message":"1 validation error detected: /)
})

for (const [what, target, given, code] of [
  ['an unknown operation', 'SageMaker.Nothing', {}, 'UnknownOperationException'],
  ['an operation named like a member of every object', 'SageMaker.constructor', {}, 'UnknownOperationException'],
  [
    'CloudWatch metrics by JSON',
    'GraniteServiceVersion20100801.PutMetricData',
    { service: 'monitoring' },
    'UnknownOperationException',
  ],
  ['EventBridge', 'AWSEvents.PutRule', { service: 'events' }, 'UnknownOperationException'],
  ['a target without a service', 'Nothing', {}, 'UnknownOperationException'],
  ['malformed JSON', 'SageMaker.Raw', { body: '{"a"' }, 'SerializationException'],
  ['another content type', 'SageMaker.Raw', { type: 'application/json' }, 'SerializationException'],
] as const)
  test(`answers ${what} with ${code}`, async (t) => {
    const front = await startFront(t, { services })
    const response = await callJson(front, target, given)
    assert.equal(response.status, 400)
    assert.equal((JSON.parse(response.body) as { __type: string }).__type, code)
  })

test('names what is not here', async (t) => {
  const front = await startFront(t, { services })
  assert.match((await callJson(front, 'SageMaker.CreateModel')).body, /operation CreateModel of sagemaker/)
  assert.match((await callJson(front, 'AWSEvents.PutRule', { service: 'events' })).body, /AWSEvents\.PutRule/)
})

test('answers SageMaker Metrics, CloudWatch by Query and CloudWatch by CBOR each in its own form', async (t) => {
  const front = await startFront(t, { services })
  const metrics = await call(front, {
    method: 'PUT',
    path: '/BatchPutMetrics',
    service: 'sagemaker',
    type: 'application/json',
    body: '{}',
  })
  assert.match(metrics.body, /"__type":"UnknownOperationException".*PUT \/BatchPutMetrics/)
  const type = 'application/x-www-form-urlencoded'
  const query = await call(front, {
    path: '/',
    service: 'monitoring',
    type,
    body: 'Action=ListMetrics&Version=2010-08-01',
  })
  assert.match(query.body, /<Code>InvalidAction<\/Code>/)
  const path = '/service/GraniteServiceVersion20100801/operation/ListMetrics'
  const headers = { 'smithy-protocol': 'rpc-v2-cbor' }
  const cbor = await call(front, { path, service: 'monitoring', type: 'application/cbor', body: '', headers })
  assert.deepEqual([cbor.headers['smithy-protocol'], cbor.headers['content-type']], ['rpc-v2-cbor', 'application/cbor'])
  assert.match(cbor.body, /__type.*UnknownOperationException/)
})

test('answers an unknown action or another version of it with InvalidAction', async (t) => {
  const front = await startFront(t, { services })
  for (const body of ['Action=CreateRole&Version=2010-05-08', 'Action=Void&Version=2000-01-01']) {
    const response = await callQuery(front, body)
    assert.deepEqual([response.status, /<Code>(\w+)</.exec(response.body)?.[1]], [400, 'InvalidAction'])
  }
  assert.equal((await callQuery(front, 'Action=Void&Version=2010-05-08')).status, 200)
})

test('tells the client nothing of an unexpected error, and the log everything under the request id', async (t) => {
  const front = await startFront(t, { services })
  const json = await callJson(front, 'SageMaker.Broken')
  assert.equal(json.status, 500)
  assert.match(json.body, /"__type":"InternalFailure"/)
  const query = await callQuery(front, 'Action=Broken&Version=2010-05-08')
  assert.deepEqual([query.status, /<Code>(\w+)</.exec(query.body)?.[1]], [500, 'InternalFailure'])
  for (const [at, response] of [json, query].entries()) {
    assert.doesNotMatch(response.body, /secret/)
    assert.equal(front.logged[at]?.requestId, response.headers['x-amzn-requestid'])
    assert.equal(front.logged[at]?.err?.message, 'the secret of the house')
  }
})

test('sends a browser at the front door to the console, and nobody else', async (t) => {
  const front = await startFront(t, { services })
  const browser = await plain(front, 'GET /', { Host: front.host, Accept: 'text/html,application/xhtml+xml' })
  assert.deepEqual([browser.status, browser.headers['location']], [302, '/-/console'])
  const page = await plain(front, 'GET /-/console', { Host: front.host, Accept: 'text/html' })
  assert.equal(page.status, 404)
  assert.match(page.body, /has no page for browsers[^]*trainyard env/)
  const curl = await plain(front, 'GET /', { Host: front.host, Accept: '*/*' })
  assert.match(curl.body, /<Code>AccessDenied</)
})

interface Given {
  readonly body?: string
  readonly type?: string
  readonly service?: string
}

function callJson(front: RunningFront, target: string, given: Given = {}): Promise<RawResponse> {
  const { body = '{}', type = TYPE, service = 'sagemaker' } = given
  return call(front, { path: '/', service, type, body, headers: { 'x-amz-target': target } })
}

function callQuery(front: RunningFront, body: string): Promise<RawResponse> {
  return call(front, { path: '/', service: 'iam', type: 'application/x-www-form-urlencoded', body })
}

interface Request {
  readonly method?: string
  readonly path: string
  readonly service: string
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

async function call(front: RunningFront, request: Request): Promise<RawResponse> {
  const { method = 'POST', path, service, type, body } = request
  const headers = { host: front.host, 'content-type': type, ...request.headers }
  const all = { ...signed({ method, path, headers, body, service }), 'content-length': String(body.length) }
  return plain(front, `${method} ${path}`, all, body)
}

async function plain(front: RunningFront, line: string, headers: Readonly<Record<string, string>>, body = '') {
  const client = await RawClient.open(front.port)
  client.sendRequest(line, headers, body)
  const response = await client.response()
  client.close()
  return response
}
