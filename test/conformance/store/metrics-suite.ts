import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetricIdentity, MetricStatistics } from '../../../src/store/metric-store.ts'
import { aJob, SCOPE, type StoreUnderTest } from './a-job.ts'

const MINUTE = 60_000
const T = 1_700_000_000_000 - (1_700_000_000_000 % MINUTE)

function metric(name: string, ...pairs: readonly (readonly [string, string])[]): MetricIdentity {
  return { ...SCOPE, namespace: 'n', name, dimensions: pairs.map(([key, value]) => ({ name: key, value })) }
}

/** Statistics of whole numbers in one period. */
function of(minute: number, values: readonly number[], unit = 'None'): MetricStatistics {
  const sum = values.reduce((a, b) => a + b, 0)
  const bounds = { minimum: Math.min(...values), maximum: Math.max(...values) }
  return { time: T + minute * MINUTE, unit, count: values.length, sum, ...bounds }
}

/** The part of the store's conformance that is about metrics. */
export function metricsSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  const loss = metric('loss', ['Job', 'a'], ['Host', 'h'])
  const all = { metric: loss, startTime: T, endTime: T + 100 * MINUTE, periodMs: MINUTE }

  test(`${name}: values that are put are added to their period, and survive a restart`, async () => {
    await using under = await open()
    await under.store.putMetrics([
      { metric: loss, statistics: of(0, [3, 4]) },
      { metric: loss, statistics: of(0, [5]) },
    ])
    await under.store.putMetrics([{ metric: loss, statistics: of(2, [1]) }])
    const turned = metric('loss', ['Host', 'h'], ['Job', 'a'])
    const store = await under.reopen()
    assert.deepEqual(await store.metricPeriods({ ...all, metric: turned }), [of(0, [3, 4, 5]), of(2, [1])])
    assert.deepEqual(await store.metricPeriods({ ...all, metric: metric('loss', ['Job', 'a']) }), [])
  })

  test(`${name}: a source that says a period again replaces it by as much or more, and only its own`, async () => {
    await using under = await open()
    const put = (source: string, values: readonly number[]) =>
      under.store.putMetrics([{ metric: loss, statistics: of(0, values), source }])
    await put('one', [1, 2])
    await put('two', [9])
    await put('one', [1])
    assert.deepEqual(await under.store.metricPeriods(all), [of(0, [1, 2, 9])])
    await put('one', [1, 2])
    await put('one', [1, 2, 3])
    assert.deepEqual(await under.store.metricPeriods(all), [of(0, [1, 2, 3, 9])])
  })

  test(`${name}: periods begin at the start time and hold what lies in them, each unit apart`, async () => {
    await using under = await open()
    for (const minute of [0, 1, 2, 3, 4, 5])
      await under.store.putMetrics([{ metric: loss, statistics: of(minute, [minute]) }])
    await under.store.putMetrics([{ metric: loss, statistics: of(2, [7], 'Percent') }])
    const query = { ...all, startTime: T + MINUTE, endTime: T + 5 * MINUTE, periodMs: 2 * MINUTE }
    const none = [of(1, [1, 2]), of(3, [3, 4])]
    assert.deepEqual(await under.store.metricPeriods(query), [none[0], { ...of(1, [7], 'Percent') }, none[1]])
    assert.deepEqual(await under.store.metricPeriods({ ...query, unit: 'None' }), none)
  })

  test(`${name}: metrics are listed by namespace, name and dimensions, page by page`, async () => {
    await using under = await open()
    const kept = [
      metric('acc', ['Job', 'a']),
      metric('acc', ['Job', 'b']),
      metric('cpu', ['Host', 'a/1'], ['Job', 'a']),
      metric('loss'),
    ]
    for (const [minute, each] of kept.toReversed().entries())
      await under.store.putMetrics([{ metric: each, statistics: of(minute, [1]) }])
    await under.store.putMetrics([{ metric: { ...metric('acc'), region: 'eu-west-1' }, statistics: of(0, [1]) }])
    const list = (query: object) => under.store.metrics({ ...SCOPE, dimensions: [], limit: 10, ...query })
    assert.deepEqual(await list({}), kept)
    assert.deepEqual(await list({ after: kept[1], limit: 1 }), [kept[2]])
    assert.deepEqual(await list({ name: 'acc', namespace: 'n' }), kept.slice(0, 2))
    assert.deepEqual(await list({ namespace: 'other' }), [])
    assert.deepEqual(await list({ dimensions: [{ name: 'Job', value: 'a' }] }), [kept[0], kept[2]])
    assert.deepEqual(await list({ dimensions: [{ name: 'Job', value: 'a' }, { name: 'Host' }] }), [kept[2]])
    assert.deepEqual(await list({ activeSince: T + 2 * MINUTE }), kept.slice(0, 2))
  })

  test(`${name}: values by step are kept once each and in the order of their times, up to a bound`, async () => {
    await using under = await open()
    const job = aJob(1)
    await under.store.insertJob(job)
    const values = [
      { name: 'loss', time: T + 1, step: 1, value: 0.5 },
      { name: 'loss', time: T, value: 0.75 },
      { name: 'acc', time: T, step: 0, value: 1 },
    ]
    assert.equal(await under.store.putRunMetrics(job.id, values, 4), 3)
    assert.equal(await under.store.putRunMetrics(job.id, values, 4), 3)
    const more = [2, 3, 4].map((step) => ({ name: 'loss', time: T + step, step, value: step }))
    assert.equal(await under.store.putRunMetrics(job.id, more, 4), 1)
    const query = { jobId: job.id, name: 'loss', startTime: 0, endTime: Infinity, limit: 10 }
    assert.deepEqual(await under.store.runMetrics(query), [values[1], values[0], more[0]])
    assert.deepEqual(await under.store.runMetrics({ ...query, startTime: T + 1, endTime: T + 2 }), [values[0]])
    assert.deepEqual(await under.store.runMetrics({ ...query, limit: 1 }), [values[1]])
  })
}
