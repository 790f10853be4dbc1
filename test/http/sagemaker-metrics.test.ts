import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sagemakerMetricsService } from '../../src/operations/sagemaker-metrics/service.ts'
import { aJob } from '../conformance/store/a-job.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { JOB, OWNER, READER, signed, startFront, type RunningFront } from './front-fixture.ts'

const body = {
  TrialComponentName: 'job-1-aws-training-job',
  MetricData: [{ MetricName: 'loss', Timestamp: 1_700_000_000, Value: 1, Step: 0 }],
}

async function send(front: RunningFront, operation: string, input: object, credentials = OWNER): Promise<Response> {
  const [method, path] = [operation === 'BatchPutMetrics' ? 'PUT' : 'POST', `/${operation}`]
  const text = JSON.stringify(input)
  const headers = { host: front.host, 'content-type': 'application/json' }
  const { host: _host, ...rest } = signed({ method, path, headers, body: text, service: 'sagemaker', credentials })
  return fetch(`http://${front.host}${path}`, { method, headers: rest, body: text })
}

test('the routes of SageMaker Metrics are told apart from all others, and jobs may use them', async (t) => {
  const under = await temporaryStore()
  t.after(() => under[Symbol.asyncDispose]())
  await under.store.insertJob(aJob(1, { id: 'f'.repeat(32) }))
  const front = await startFront(t, { services: [sagemakerMetricsService({ store: under.store })] })

  const put = await send(front, 'BatchPutMetrics', body, JOB)
  assert.deepEqual([put.status, put.headers.get('content-type'), await put.json()], [200, 'application/json', {}])
  const query = {
    MetricName: 'loss',
    ResourceArn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/job-1',
    MetricStat: 'Last',
    Period: 'IterationNumber',
    XAxisType: 'IterationNumber',
  }
  const expected = { MetricQueryResults: [{ Status: 'Complete', XAxisValues: [0], MetricValues: [1] }] }
  const got = await send(front, 'BatchGetMetrics', { MetricQueries: [query] }, READER)
  assert.deepEqual(await got.json(), expected)

  const denied = await send(front, 'BatchPutMetrics', body, READER)
  assert.deepEqual([denied.status, (await denied.text()).includes('AccessDenied')], [400, true])
  const invalid = await send(front, 'BatchPutMetrics', { ...body, MetricData: [] })
  assert.match(await invalid.text(), /"__type":"ValidationException".*at 'metricData'/)
  const missing = await send(front, 'BatchPutMetrics', { ...body, TrialComponentName: 'mine' })
  assert.deepEqual([missing.status, /ResourceNotFound/.test(await missing.text())], [404, true])
  assert.match(await (await send(front, 'BatchSomething', {})).text(), /UnknownOperationException/)
})
