import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudWatchUnderTest, T } from './cloudwatch-under-test.ts'

interface Result {
  readonly Id: string
  readonly Label: string
  readonly Timestamps: readonly Date[]
  readonly Values: readonly number[]
  readonly StatusCode: string
}

interface Data {
  readonly MetricDataResults: readonly Result[]
  readonly NextToken?: string
  readonly Messages: readonly unknown[]
}

const range = { StartTime: T, EndTime: T + 600 }

function stat(Id: string, MetricName: string, more: object = {}): object {
  return { Id, MetricStat: { Metric: { Namespace: 'ns', MetricName }, Period: 60, Stat: 'Average' }, ...more }
}

async function filled(): Promise<CloudWatchUnderTest> {
  const cloudWatch = await CloudWatchUnderTest.open()
  for (const minute of [0, 1, 2, 3, 4]) {
    await cloudWatch.put('loss', { Timestamp: T + minute * 60, Values: [minute, minute + 1] })
  }
  await cloudWatch.put('acc', { Timestamp: T + 60, Value: 0.5 })
  return cloudWatch
}

test('several metrics are answered at once, newest first unless asked otherwise', async () => {
  await using cloudWatch = await filled()
  const queries = [stat('a', 'loss'), stat('b', 'acc', { Label: 'accuracy' }), stat('c', 'nothing')]
  const newest = await cloudWatch.call<Data>('GetMetricData', { ...range, MetricDataQueries: queries })
  assert.deepEqual(newest.MetricDataResults[0]?.Values, [4.5, 3.5, 2.5, 1.5, 0.5])
  assert.deepEqual(newest.MetricDataResults[1], {
    Id: 'b',
    Label: 'accuracy',
    Timestamps: [new Date((T + 60) * 1000)],
    Values: [0.5],
    StatusCode: 'Complete',
  })
  assert.deepEqual([newest.MetricDataResults[2]?.Label, newest.MetricDataResults[2]?.Values], ['nothing', []])
  assert.equal(newest.NextToken, undefined)
  const oldest = { ...range, MetricDataQueries: queries, ScanBy: 'TimestampAscending' }
  const { MetricDataResults } = await cloudWatch.call<Data>('GetMetricData', oldest)
  assert.deepEqual(MetricDataResults[0]?.Values, [0.5, 1.5, 2.5, 3.5, 4.5])
})

test('pages of any size hold every data point once', async () => {
  await using cloudWatch = await filled()
  const hidden = stat('z', 'loss', { ReturnData: false })
  const MetricDataQueries = [stat('a', 'loss'), hidden, stat('b', 'acc'), stat('c', 'loss')]
  for (const MaxDatapoints of [1, 2, 3, 5, 6, 100]) {
    const seen: (readonly [string, number])[] = []
    for (let NextToken: string | undefined; ;) {
      const input = { ...range, MetricDataQueries, MaxDatapoints, ScanBy: 'TimestampAscending' }
      const page = await cloudWatch.call<Data>('GetMetricData', { ...input, ...(NextToken && { NextToken }) })
      for (const { Id, Values } of page.MetricDataResults) seen.push(...Values.map((value) => [Id, value] as const))
      if (page.NextToken === undefined) break
      NextToken = page.NextToken
    }
    const loss = [0.5, 1.5, 2.5, 3.5, 4.5]
    const expected = [...loss.map((value) => ['a', value]), ['b', 0.5], ...loss.map((value) => ['c', value])]
    assert.deepEqual(seen, expected)
  }
})

test('expressions, single values and malformed queries are refused by name', async () => {
  await using cloudWatch = await filled()
  const refused = async (queries: readonly object[], code: string, message: RegExp, more: object = {}) =>
    assert.rejects(cloudWatch.call('GetMetricData', { ...range, ...more, MetricDataQueries: queries }), {
      code,
      message,
    })
  await refused([{ Id: 'e', Expression: 'm1/2' }], 'ValidationError', /metric math/)
  await refused([{ Id: 'e' }], 'ValidationError', /MetricStat/)
  await refused([stat('Upper', 'loss')], 'ValidationError', /Upper/)
  await refused([stat('a', 'loss'), stat('a', 'acc')], 'ValidationError', /not unique/)
  const percentile = { MetricStat: { Metric: { Namespace: 'ns', MetricName: 'm' }, Period: 60, Stat: 'p99' } }
  await refused([stat('a', 'loss', percentile)], 'ValidationError', /p99/)
  const unnamed = { MetricStat: { Metric: { Namespace: 'ns' }, Period: 60, Stat: 'Sum' } }
  await refused([stat('a', 'loss', unnamed)], 'MissingParameter', /MetricName/)
  await refused([stat('a', 'loss')], 'InvalidParameterValue', /MaxDatapoints/, { MaxDatapoints: 0 })
  await refused([stat('a', 'loss')], 'InvalidNextToken', /NextToken/, { NextToken: 'x' })
  await refused(
    Array.from({ length: 501 }, (_, n) => stat(`a${n}`, 'loss')),
    'ValidationError',
    /500/,
  )
})

test('metrics are listed by what they are called, page by page', async () => {
  await using cloudWatch = await filled()
  interface Metrics {
    readonly Metrics: readonly { readonly MetricName: string }[]
    readonly NextToken?: string
  }
  const data = Array.from({ length: 600 }, (_, n) => ({
    MetricName: 'many',
    Dimensions: [{ Name: 'Host', Value: `h${String(n).padStart(3, '0')}` }],
    Value: 1,
  }))
  await cloudWatch.call('PutMetricData', { Namespace: 'other', MetricData: data })
  assert.deepEqual(await cloudWatch.call('ListMetrics', { Namespace: 'ns' }), {
    Metrics: [
      { Namespace: 'ns', MetricName: 'acc', Dimensions: [] },
      { Namespace: 'ns', MetricName: 'loss', Dimensions: [] },
    ],
  })
  const first = await cloudWatch.call<Metrics>('ListMetrics', { MetricName: 'many' })
  const second = await cloudWatch.call<Metrics>('ListMetrics', { MetricName: 'many', NextToken: first.NextToken })
  assert.deepEqual([first.Metrics.length, second.Metrics.length, second.NextToken], [500, 100, undefined])
  const one = { Dimensions: [{ Name: 'Host', Value: 'h599' }] }
  assert.deepEqual((await cloudWatch.call<Metrics>('ListMetrics', one)).Metrics, [second.Metrics.at(-1)])
  // What was put without a time is of an hour later than the rest.
  await cloudWatch.put('late', { Value: 1, Timestamp: T - 9 * 3600 })
  const recent = await cloudWatch.call<Metrics>('ListMetrics', { Namespace: 'ns', RecentlyActive: 'PT3H' })
  assert.deepEqual(
    recent.Metrics.map(({ MetricName }) => MetricName),
    ['acc', 'loss'],
  )
  await assert.rejects(cloudWatch.call('ListMetrics', { NextToken: 'x' }), { code: 'InvalidNextToken' })
})
