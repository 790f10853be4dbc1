import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sagemakerMetricsService } from '../../../src/operations/sagemaker-metrics/service.ts'
import type { Call } from '../../../src/operations/operation.ts'
import { decodeInput } from '../../../src/protocol/validate.ts'
import type { Store } from '../../../src/store/store.ts'
import { aJob } from '../../conformance/store/a-job.ts'
import { temporaryStore } from '../../store/temporary-store.ts'
import { testCall } from '../test-call.ts'

const T = 1_700_000_040
const COMPONENT = 'job-1-aws-training-job'
const ARN = 'arn:aws:sagemaker:us-east-1:111122223333:training-job/job-1'

interface Result {
  readonly Status: string
  readonly Message?: string
  readonly XAxisValues: readonly number[]
  readonly MetricValues: readonly number[]
}

async function withJobs(work: (call: typeof callOperation, store: Store) => Promise<void>): Promise<void> {
  await using under = await temporaryStore()
  for (const number of [1, 2]) await under.store.insertJob(aJob(number))
  await work((name, input, by) => callOperation(name, input, by, under.store), under.store)
}

async function callOperation<Output>(
  name: string,
  input: object,
  by?: Call['principal'],
  store?: Store,
): Promise<Output> {
  assert.ok(store)
  const operation = sagemakerMetricsService({ store }).operations[name]
  assert.ok(operation)
  const decoded = decodeInput(operation.input, input)
  assert.equal(decoded.kind, 'valid', JSON.stringify(decoded))
  const call = { ...testCall(), ...(by && { principal: by }) }
  return (await operation.handle(decoded.kind === 'valid' ? decoded.value : {}, call)) as Output
}

function job(number: number): Call['principal'] {
  const { account } = testCall().principal
  const scope = { kind: 'buckets', jobId: aJob(number).id, buckets: [] } as const
  return { account, accessKeyId: 'ASIAJOB', kind: 'job', scope }
}

function value(MetricName: string, Timestamp: number, Value: number, Step?: number): object {
  return { MetricName, Timestamp, Value, ...(Step !== undefined && { Step }) }
}

function query(MetricStat: string, Period: string, XAxisType: string, more: object = {}): object {
  return { MetricName: 'loss', ResourceArn: ARN, MetricStat, Period, XAxisType, ...more }
}

test('values are read by step and by time, with every statistic', async () => {
  await withJobs(async (call) => {
    const data = [
      value('loss', T, 4, 0),
      value('loss', T + 1, 2, 0),
      value('loss', T + 61, 1, 1),
      value('loss', T + 62, 3),
    ]
    assert.deepEqual(await call('BatchPutMetrics', { TrialComponentName: COMPONENT, MetricData: data }), {})
    assert.deepEqual(await call('BatchPutMetrics', { TrialComponentName: COMPONENT, MetricData: data }), {})
    const get = async (...queries: readonly object[]) => {
      const output = await call<{ MetricQueryResults: Result[] }>('BatchGetMetrics', { MetricQueries: queries })
      return output.MetricQueryResults.map(({ Status, XAxisValues, MetricValues }) => [
        Status,
        XAxisValues,
        MetricValues,
      ])
    }
    const minutes = [T * 1000, (T + 60) * 1000]
    assert.deepEqual(
      await get(
        query('Avg', 'IterationNumber', 'IterationNumber'),
        query('Last', 'IterationNumber', 'IterationNumber'),
        query('Min', 'OneMinute', 'Timestamp'),
        query('Max', 'OneMinute', 'Timestamp'),
        query('Count', 'OneMinute', 'Timestamp'),
        query('StdDev', 'OneMinute', 'Timestamp'),
        query('Last', 'OneMinute', 'Timestamp', { Start: (T + 60) * 1000, End: (T + 62) * 1000 }),
      ),
      [
        ['Complete', [0, 1], [3, 1]],
        ['Complete', [0, 1], [2, 1]],
        ['Complete', minutes, [2, 1]],
        ['Complete', minutes, [4, 3]],
        ['Complete', minutes, [2, 2]],
        ['Complete', minutes, [1, 1]],
        ['Complete', [minutes[1]], [1]],
      ],
    )
    const component = {
      ResourceArn: `arn:aws:sagemaker:us-east-1:111122223333:experiment-trial-component/${COMPONENT}`,
    }
    assert.deepEqual(await get(query('Count', 'OneHour', 'Timestamp', component)), [
      ['Complete', [Math.floor((T * 1000) / 3_600_000) * 3_600_000], [4]],
    ])
  })
})

test('of a name that was not reported, what the log had is shown by time', async () => {
  await withJobs(async (call, store) => {
    const { account, region, name } = aJob(1)
    const dimensions = [{ name: 'TrainingJobName', value: name }]
    const metric = { account, region, namespace: '/aws/sagemaker/TrainingJobs', name: 'loss', dimensions }
    const statistics = { time: T * 1000, unit: 'None', count: 4, sum: 10, minimum: 1, maximum: 5 }
    await store.putMetrics([{ metric, statistics, source: 'log' }])
    const { MetricQueryResults } = await call<{ MetricQueryResults: Result[] }>('BatchGetMetrics', {
      MetricQueries: [
        query('Avg', 'OneMinute', 'Timestamp'),
        query('Avg', 'IterationNumber', 'IterationNumber'),
        query('Last', 'OneMinute', 'Timestamp'),
      ],
    })
    assert.deepEqual(MetricQueryResults.slice(0, 2), [
      { Status: 'Complete', XAxisValues: [T * 1000], MetricValues: [2.5] },
      { Status: 'Complete', XAxisValues: [], MetricValues: [] },
    ])
    assert.equal(MetricQueryResults[2]?.Status, 'ValidationError')
    assert.match(MetricQueryResults[2]?.Message ?? '', /do not tell Last/)
  })
})

test("a job's session reaches its own job and no other", async () => {
  await withJobs(async (call) => {
    const data = { MetricData: [value('loss', T, 1)] }
    assert.deepEqual(await call('BatchPutMetrics', { TrialComponentName: COMPONENT, ...data }, job(1)), {})
    const missing = { code: 'ResourceNotFound', message: /<name of the job>-aws-training-job/ }
    await assert.rejects(call('BatchPutMetrics', { TrialComponentName: COMPONENT, ...data }, job(2)), missing)
    const queries = { MetricQueries: [query('Last', 'OneMinute', 'Timestamp')] }
    const statusFor = async (by: Call['principal']) =>
      (await call<{ MetricQueryResults: Result[] }>('BatchGetMetrics', queries, by)).MetricQueryResults[0]?.Status
    assert.deepEqual([await statusFor(job(1)), await statusFor(job(2))], ['Complete', 'ValidationError'])
    for (const TrialComponentName of ['job-1', 'nobody-aws-training-job'])
      await assert.rejects(call('BatchPutMetrics', { TrialComponentName, ...data }), missing)
    for (const ResourceArn of [
      ARN.replace('us-east-1', 'eu-west-1'),
      ARN.replace('training-job/', 'model/'),
      `${ARN}x`,
    ]) {
      const answer = await call<{ MetricQueryResults: Result[] }>('BatchGetMetrics', {
        MetricQueries: [query('Last', 'OneMinute', 'Timestamp', { ResourceArn })],
      })
      assert.equal(answer.MetricQueryResults[0]?.Status, 'ValidationError')
    }
  })
})

test('values that are none, or more than a job may have, are named by their place and the others are kept', async () => {
  await withJobs(async (call, store) => {
    const bad = { MetricData: [value('a', -1, 1), value('a', T, 1), value('a', 1e300, 1)] }
    assert.deepEqual(await call('BatchPutMetrics', { TrialComponentName: COMPONENT, ...bad }), {
      Errors: [
        { Code: 'VALIDATION_ERROR', MetricIndex: 0 },
        { Code: 'VALIDATION_ERROR', MetricIndex: 2 },
      ],
    })
    const many = Array.from({ length: 99_999 }, (_, step) => ({ name: 'b', time: T, step, value: 1 }))
    assert.equal(await store.putRunMetrics(aJob(1).id, many, 100_000), 99_999)
    const more = { MetricData: [value('a', T, 2), value('c', T, 1)] }
    assert.deepEqual(await call('BatchPutMetrics', { TrialComponentName: COMPONENT, ...more }), {
      Errors: [{ Code: 'METRIC_LIMIT_EXCEEDED', MetricIndex: 1 }],
    })
  })
})
