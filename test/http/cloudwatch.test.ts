import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { RealClock } from '../../src/clock/real-clock.ts'
import { cloudWatchServices } from '../../src/operations/cloudwatch/service.ts'
import { decodeCbor, encodeCbor } from '../../src/protocol/rpc-cbor.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { assertAnswer, modelOf, needsModelOf } from '../support/service-model.ts'
import { JOB, signed, startFront, type RunningFront } from './front-fixture.ts'

const T = 1_700_000_040
const query = { Namespace: 'ns', MetricName: 'loss', StartTime: T, EndTime: T + 120, Period: 60, Statistics: ['Sum'] }
const data = { Namespace: 'ns', MetricData: [{ MetricName: 'loss', Timestamp: T, Value: 0.5, Dimensions: [] }] }

async function start(t: TestContext): Promise<RunningFront> {
  const under = await temporaryStore()
  t.after(() => under[Symbol.asyncDispose]())
  return startFront(t, { services: cloudWatchServices({ store: under.store, clock: new RealClock() }) })
}

interface Request {
  readonly path?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
  readonly credentials?: typeof JOB
}

async function send(front: RunningFront, { path = '/', headers, body, credentials }: Request): Promise<Response> {
  const all = { host: front.host, ...headers }
  const request = { method: 'POST', path, headers: all, body, service: 'monitoring' }
  const { host: _host, ...rest } = signed({ ...request, ...(credentials && { credentials }) })
  return fetch(`http://${front.host}${path}`, {
    method: 'POST',
    headers: rest,
    body: new Uint8Array(Buffer.from(body)),
  })
}

function json(front: RunningFront, operation: string, input: object, more: Partial<Request> = {}): Promise<Response> {
  const target = { 'x-amz-target': `GraniteServiceVersion20100801.${operation}`, 'x-amzn-query-mode': 'true' }
  const headers = { 'content-type': 'application/x-amz-json-1.0', ...target, ...more.headers }
  return send(front, { body: JSON.stringify(input), ...more, headers })
}

function cbor(front: RunningFront, operation: string, input: object): Promise<Response> {
  const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }
  return send(front, {
    path: `/service/GraniteServiceVersion20100801/operation/${operation}`,
    headers,
    body: encodeCbor(input),
  })
}

function form(front: RunningFront, action: string, parameters: Readonly<Record<string, string>>): Promise<Response> {
  const body = new URLSearchParams({ Action: action, Version: '2010-08-01', ...parameters }).toString()
  return send(front, { headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body })
}

const formOfQuery = {
  Namespace: 'ns',
  MetricName: 'loss',
  StartTime: new Date(T * 1000).toISOString(),
  EndTime: new Date((T + 120) * 1000).toISOString(),
  Period: '60',
  'Statistics.member.1': 'Sum',
}

test('a value that is put by one protocol is read by each', needsModelOf('cloudwatch'), async (t) => {
  const front = await start(t)
  const put = await json(front, 'PutMetricData', data)
  assert.deepEqual([put.status, await put.text()], [200, ''])
  assert.equal((await cbor(front, 'PutMetricData', data)).status, 200)
  const written = await form(front, 'PutMetricData', {
    Namespace: 'ns',
    'MetricData.member.1.MetricName': 'loss',
    'MetricData.member.1.Timestamp': new Date(T * 1000).toISOString(),
    'MetricData.member.1.Value': '1.5',
    'MetricData.member.1.Dimensions': '',
  })
  assert.equal(written.status, 200, await written.text())

  const answer = await json(front, 'GetMetricStatistics', query)
  assert.equal(answer.headers.get('content-type'), 'application/x-amz-json-1.0')
  const output: unknown = await answer.json()
  assertAnswer('GetMetricStatisticsOutput', output, modelOf('cloudwatch'))
  assert.deepEqual(output, { Label: 'loss', Datapoints: [{ Timestamp: T, Sum: 2.5, Unit: 'None' }] })

  const binary = await cbor(front, 'GetMetricStatistics', query)
  assert.deepEqual(
    [binary.headers.get('content-type'), binary.headers.get('smithy-protocol')],
    ['application/cbor', 'rpc-v2-cbor'],
  )
  assert.deepEqual(decodeCbor(Buffer.from(await binary.arrayBuffer())), output)

  const xml = await (await form(front, 'GetMetricStatistics', formOfQuery)).text()
  assert.match(xml, /^<GetMetricStatisticsResponse xmlns="http:\/\/monitoring.amazonaws.com\/doc\/2010-08-01\/">/)
  assert.match(
    xml,
    /<Datapoints><member><Timestamp>2023-11-14T22:14:00.000Z<\/Timestamp><Sum>2.5<\/Sum><Unit>None<\/Unit><\/member><\/Datapoints>/,
  )
})

test(
  'ListMetrics and GetMetricData answer in each protocol as the model says',
  needsModelOf('cloudwatch'),
  async (t) => {
    const front = await start(t)
    await json(front, 'PutMetricData', data)
    const Metric = { Namespace: 'ns', MetricName: 'loss' }
    const MetricDataQueries = [{ Id: 'a', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }]
    const inputs = { ListMetrics: {}, GetMetricData: { StartTime: T, EndTime: T + 60, MetricDataQueries } }
    for (const [operation, input] of Object.entries(inputs)) {
      const output: unknown = await (await json(front, operation, input)).json()
      assertAnswer(`${operation}Output`, output, modelOf('cloudwatch'))
      const binary = await cbor(front, operation, input)
      assert.deepEqual(decodeCbor(Buffer.from(await binary.arrayBuffer())), output)
    }
    const listed = await (await form(front, 'ListMetrics', {})).text()
    assert.match(
      listed,
      /<Metrics><member><Namespace>ns<\/Namespace><MetricName>loss<\/MetricName><Dimensions><\/Dimensions>/,
    )
    const got = await form(front, 'GetMetricData', {
      StartTime: formOfQuery.StartTime,
      EndTime: formOfQuery.EndTime,
      'MetricDataQueries.member.1.Id': 'a',
      'MetricDataQueries.member.1.MetricStat.Metric.Namespace': 'ns',
      'MetricDataQueries.member.1.MetricStat.Metric.MetricName': 'loss',
      'MetricDataQueries.member.1.MetricStat.Period': '60',
      'MetricDataQueries.member.1.MetricStat.Stat': 'Sum',
    })
    assert.match(await got.text(), /<Values><member>0.5<\/member><\/Values><StatusCode>Complete<\/StatusCode>/)
  },
)

test('an error has the code of Query in every protocol, and the name of its exception where there is one', async (t) => {
  const front = await start(t)
  const wrong = { ...query, EndTime: T }
  const answer = await json(front, 'GetMetricStatistics', wrong)
  assert.deepEqual(
    [answer.status, answer.headers.get('x-amzn-query-error'), await answer.json()],
    [
      400,
      'InvalidParameterValue;Sender',
      {
        __type: 'InvalidParameterValueException',
        message: 'The parameter StartTime must be less than the parameter EndTime.',
      },
    ],
  )
  const binary = await cbor(front, 'GetMetricStatistics', wrong)
  assert.equal(binary.headers.get('x-amzn-query-error'), 'InvalidParameterValue;Sender')
  const error = decodeCbor(Buffer.from(await binary.arrayBuffer()))
  assert.equal('__type' in error && error.__type, 'InvalidParameterValueException')
  const xml = await (
    await form(front, 'GetMetricStatistics', { ...formOfQuery, EndTime: formOfQuery.StartTime })
  ).text()
  assert.match(xml, /<Error><Type>Sender<\/Type><Code>InvalidParameterValue<\/Code>/)
  const missing = await json(front, 'GetMetricStatistics', {})
  assert.equal(missing.headers.get('x-amzn-query-error'), 'ValidationError;Sender')
  assert.match(await missing.text(), /validation errors detected: Value null at 'namespace'/)
})

test('a compressed body is read, and one that is none or stands for too much is refused', async (t) => {
  const front = await start(t)
  const headers = { 'content-encoding': 'gzip' }
  const put = await json(front, 'PutMetricData', {}, { headers, body: gzipSync(JSON.stringify(data)) })
  assert.equal(put.status, 200, await put.text())
  const broken = await json(front, 'PutMetricData', {}, { headers, body: Buffer.from('no gzip') })
  assert.deepEqual([broken.status, await broken.json()].at(0), 400)
  const bomb = await json(front, 'PutMetricData', {}, { headers, body: gzipSync(Buffer.alloc(64 * 2 ** 20)) })
  assert.equal(bomb.status, 413)
  const other = await json(front, 'PutMetricData', data, { headers: { 'content-encoding': 'br' } })
  assert.equal(other.status, 400)
})

test('an unknown operation, and the session of a job, are refused', async (t) => {
  const front = await start(t)
  const unknown = await cbor(front, 'PutDashboard', {})
  const error = decodeCbor(Buffer.from(await unknown.arrayBuffer()))
  assert.equal('__type' in error && error.__type, 'UnknownOperationException')
  assert.equal((await json(front, 'ListMetrics', {}, { credentials: JOB })).status, 400)
})
