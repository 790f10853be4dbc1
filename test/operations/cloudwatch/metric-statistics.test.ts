import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudWatchUnderTest, T } from './cloudwatch-under-test.ts'
import type { Datapoint } from './cloudwatch-under-test.ts'

const EVERY = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']
const query = { Namespace: 'ns', MetricName: 'm', StartTime: T, EndTime: T + 600, Period: 60, Statistics: EVERY }

interface Statistics {
  readonly Label: string
  readonly Datapoints: readonly Datapoint[]
}

async function statistics(cloudWatch: CloudWatchUnderTest, input: object = {}): Promise<readonly Datapoint[]> {
  return (await cloudWatch.call<Statistics>('GetMetricStatistics', { ...query, ...input })).Datapoints
}

test('values put in one minute are one data point with all statistics', async () => {
  await using cloudWatch = await CloudWatchUnderTest.open()
  await cloudWatch.put('m', { Timestamp: T + 1, Value: 1 })
  await cloudWatch.put('m', { Timestamp: T + 59.5, Values: [2, 4], Counts: [1, 2] })
  await cloudWatch.put('m', {
    Timestamp: T + 30,
    StatisticValues: { SampleCount: 2, Sum: 5, Minimum: -1, Maximum: 6 },
  })
  assert.deepEqual(await cloudWatch.call('GetMetricStatistics', query), {
    Label: 'm',
    Datapoints: [
      {
        Timestamp: new Date(T * 1000),
        SampleCount: 6,
        Average: 16 / 6,
        Sum: 16,
        Minimum: -1,
        Maximum: 6,
        Unit: 'None',
      },
    ],
  })
})

test('the start is moved down to a whole minute, the end is exclusive, and there may be no data points', async () => {
  await using cloudWatch = await CloudWatchUnderTest.open()
  for (const minute of [0, 1, 2]) await cloudWatch.put('m', { Timestamp: T + minute * 60, Value: minute })
  const sums = async (input: object) =>
    (await statistics(cloudWatch, { Statistics: ['Sum'], ...input })).map(({ Sum, Timestamp }) => [
      Sum,
      Timestamp.getTime() / 1000 - T,
    ])
  assert.deepEqual(await sums({ StartTime: T + 59 }), [
    [0, 0],
    [1, 60],
    [2, 120],
  ])
  assert.deepEqual(await sums({ EndTime: T + 120 }), [
    [0, 0],
    [1, 60],
  ])
  assert.deepEqual(await sums({ Period: 120 }), [
    [1, 0],
    [2, 120],
  ])
  assert.deepEqual(await sums({ MetricName: 'other' }), [])
  assert.deepEqual(await sums({ Dimensions: [{ Name: 'a', Value: 'b' }] }), [])
})

test('a value with a resolution of a second can be asked for by the second', async () => {
  await using cloudWatch = await CloudWatchUnderTest.open()
  for (const second of [0, 1, 11]) {
    await cloudWatch.put('m', { Timestamp: T + second, Value: second, StorageResolution: 1 })
  }
  const times = async (Period: number) =>
    (await statistics(cloudWatch, { Period })).map(({ Timestamp }) => Timestamp.getTime() / 1000 - T)
  assert.deepEqual(await times(1), [0, 1, 11])
  assert.deepEqual(await times(10), [0, 10])
  assert.deepEqual(await times(60), [0])
})

test('a value without a time is of now, and units are told apart', async () => {
  await using cloudWatch = await CloudWatchUnderTest.open()
  await cloudWatch.put('m', { Value: 1, Unit: 'Seconds' })
  await cloudWatch.put('m', { Value: 2 })
  const range = { StartTime: T + 3600, EndTime: T + 3660, Statistics: ['Sum'] }
  const both = await statistics(cloudWatch, range)
  assert.deepEqual(
    both.map(({ Unit, Sum }) => [Unit, Sum]),
    [
      ['None', 2],
      ['Seconds', 1],
    ],
  )
  assert.equal((await statistics(cloudWatch, { ...range, Unit: 'Seconds' })).length, 1)
})

test('what cannot be asked for is refused with the codes of Query', async () => {
  await using cloudWatch = await CloudWatchUnderTest.open()
  const refusals: readonly (readonly [object, string, RegExp])[] = [
    [{ EndTime: T }, 'InvalidParameterValue', /^The parameter StartTime must be less than the parameter EndTime\.$/],
    [{ Period: 61 }, 'InvalidParameterValue', /Period/],
    [{ Statistics: undefined }, 'MissingParameter', /Statistics/],
    [{ ExtendedStatistics: ['p99'] }, 'ValidationError', /ExtendedStatistics/],
    [
      { EndTime: T + 86_460 },
      'InvalidParameterCombination',
      /^You have requested up to 1,441 datapoints, which exceeds the limit of 1,440\./,
    ],
  ]
  for (const [input, code, message] of refusals) {
    const given = Object.fromEntries(Object.entries({ ...query, ...input }).filter(([, value]) => value !== undefined))
    await assert.rejects(cloudWatch.call('GetMetricStatistics', given), { code, message })
  }
})

test('values that are none, or too many, or in two forms, are refused and nothing of the call is stored', async () => {
  await using cloudWatch = await CloudWatchUnderTest.open()
  const put = (...data: readonly object[]) =>
    cloudWatch.call('PutMetricData', {
      Namespace: 'ns',
      MetricData: data.map((each) => ({ MetricName: 'm', ...each })),
    })
  const good = { Value: 1, Timestamp: T }
  const refusals: readonly (readonly [object, string])[] = [
    [{}, 'MissingParameter'],
    [{ Value: 1, Values: [1] }, 'InvalidParameterCombination'],
    [{ Values: [1, 2], Counts: [1] }, 'InvalidParameterValue'],
    [{ Values: [] }, 'InvalidParameterValue'],
    [{ Values: [1], Counts: [0] }, 'InvalidParameterValue'],
    [{ Value: 1e200 }, 'InvalidParameterValue'],
    [{ Value: 1, StorageResolution: 30 }, 'InvalidParameterValue'],
    [{ Value: 1, Timestamp: 1e300 }, 'InvalidParameterValue'],
    [{ StatisticValues: { SampleCount: 0, Sum: 0, Minimum: 0, Maximum: 0 } }, 'InvalidParameterValue'],
    [{ StatisticValues: { SampleCount: 1, Sum: 0, Minimum: 1, Maximum: 0 } }, 'InvalidParameterValue'],
  ]
  for (const [datum, code] of refusals) await assert.rejects(put(good, datum), { code }, JSON.stringify(datum))
  await assert.rejects(put(), { code: 'MissingParameter' })
  await assert.rejects(put(...Array.from({ length: 1001 }, () => good)), { code: 'InvalidParameterValue' })
  const reserved = { Namespace: 'AWS/EC2', MetricData: [{ MetricName: 'm', ...good }] }
  await assert.rejects(cloudWatch.call('PutMetricData', reserved), { code: 'InvalidParameterValue' })
  assert.deepEqual(await statistics(cloudWatch), [])
  await cloudWatch.call('PutMetricData', {
    Namespace: 'ns',
    EntityMetricData: [{ MetricData: [{ MetricName: 'm', ...good }] }],
  })
  assert.equal((await statistics(cloudWatch)).length, 1)
})
