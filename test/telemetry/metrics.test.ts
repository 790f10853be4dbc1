import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { MetricWrite } from '../../src/store/metric-store.ts'
import type { JobRecord, Store } from '../../src/store/store.ts'
import { LogStreams } from '../../src/telemetry/log-streams.ts'
import { Metrics, MetricsClosedError } from '../../src/telemetry/metrics.ts'
import { aJob, SCOPE } from '../conformance/store/a-job.ts'
import { StreamWriter, TemporaryFolder } from './stream-files.ts'

const T = 1_700_000_000_000

interface Bench {
  readonly store: Store
  readonly job: JobRecord
  readonly streams: LogStreams
  readonly metrics: (store?: Store) => Metrics
}

async function withJob(work: (bench: Bench) => Promise<void>): Promise<void> {
  using folder = new TemporaryFolder()
  const store = await openSqliteStore({ path: folder.file('store.db') })
  await store.insertJob(aJob(1))
  const job = (await store.job(aJob(1).id))!
  const clock = new VirtualClock(T)
  const streams = new LogStreams({ store, logsFolder: folder.path, clock })
  const made: Metrics[] = []
  const metrics = (used: Store = store) => {
    made.push(new Metrics({ store: used, clock, streams, pollMs: 1, deadlineMs: 100 }))
    return made.at(-1)!
  }
  try {
    await work({ store, job, streams, metrics })
  } finally {
    for (const each of made) await each.close()
    await store.close()
  }
}

function request(...definitions: { readonly Name: string; readonly Regex: string }[]) {
  return { AlgorithmSpecification: { MetricDefinitions: definitions } }
}

test('what is found while the job is followed, by another life of the server, or only at the end, is the same', async () => {
  await withJob(async ({ job, streams, metrics }) => {
    const stream = new StreamWriter(await streams.open(job, { attempt: 1, host: 'algo-1' }))
    const definitions = request({ Name: 'loss', Regex: 'loss=([0-9.]+)' })
    const followed = metrics()
    followed.follow(job, definitions)
    followed.follow(job, definitions)
    stream.append('loss=3\n', T).append('loss=2\n', T + 4200)
    stream.append('loss=1.5', T + 9999).seal()
    const expected = [{ name: 'loss', value: 1.5, timestamp: T / 1000 + 9 }]
    assert.deepEqual(await followed.finish(job, definitions), expected)
    assert.deepEqual(await metrics().finish(job, definitions), expected)
    assert.deepEqual(await followed.finish(job, definitions), expected)
  })
})

test('a dropped metric is named in the journal of its job', async () => {
  await withJob(async ({ store, job, streams, metrics }) => {
    const stream = new StreamWriter(await streams.open(job, { attempt: 1, host: 'algo-1' }))
    stream.append(`${'a'.repeat(40)}!\n`, T).seal()
    assert.deepEqual(await metrics().finish(job, request({ Name: 'evil', Regex: '^(?=(a+)+$)' })), [])
    const records = await store.journal({ jobId: job.id, after: 0, limit: 10 })
    const dropped = records.filter((record) => record.kind === 'metrics-dropped')
    assert.deepEqual(
      dropped.map((record) => record.data),
      [{ warnings: ["The metric 'evil' was dropped: it was still running after 100 ms."] }],
    )
  })
})

test('a job without definitions has no metrics and costs no thread', async () => {
  await withJob(async ({ job, metrics }) => {
    const each = metrics()
    each.follow(job, {})
    assert.deepEqual(await each.finish(job, {}), [])
  })
})

test('closing waits for a job that is being finished, and refuses later ones', async () => {
  await withJob(async ({ job, streams, metrics }) => {
    const stream = new StreamWriter(await streams.open(job, { attempt: 1, host: 'algo-1' }))
    stream.append('loss=3\n', T).seal()
    const definitions = request({ Name: 'loss', Regex: 'loss=(\\d)' })
    const each = metrics()
    const finishing = each.finish(job, definitions)
    await each.close()
    assert.equal((await finishing).length, 1)
    await assert.rejects(each.finish(job, definitions), MetricsClosedError)
  })
})

async function points(store: Store, name: string, jobName = aJob(1).name) {
  const dimensions = [{ name: 'TrainingJobName', value: jobName }]
  const metric = { ...SCOPE, namespace: '/aws/sagemaker/TrainingJobs', name, dimensions }
  return store.metricPeriods({ metric, startTime: 0, endTime: Infinity, periodMs: 60_000 })
}

test('every value becomes part of its minute, over all streams, and counts once however often the logs are read', async () => {
  await withJob(async ({ store, job, streams, metrics }) => {
    const one = new StreamWriter(await streams.open(job, { attempt: 1, host: 'algo-1' }))
    const two = new StreamWriter(await streams.open(job, { attempt: 1, host: 'algo-2' }))
    const minute = T - (T % 60_000)
    one.append('loss=3 loss=1\nloss=2\n', minute).append('loss=8\nnoise\n', minute + 60_000)
    two.append('loss=4\nloss=x\n', minute + 59_999).seal()
    const definitions = request({ Name: 'loss', Regex: 'loss=([0-9.x]+)' }, { Name: 'never', Regex: 'f1=(.*)' })
    const expected = [
      { time: minute, unit: 'None', count: 4, sum: 10, minimum: 1, maximum: 4 },
      { time: minute + 60_000, unit: 'None', count: 1, sum: 8, minimum: 8, maximum: 8 },
    ]
    const crashed = metrics()
    await crashed.finish(job, definitions)
    assert.deepEqual(await points(store, 'loss'), expected)
    one.append('loss=9', minute + 60_001).seal()
    await metrics().finish(job, definitions)
    await metrics().finish(job, definitions)
    expected[1] = { time: minute + 60_000, unit: 'None', count: 2, sum: 17, minimum: 8, maximum: 9 }
    assert.deepEqual(await points(store, 'loss'), expected)
    assert.deepEqual(await points(store, 'never'), [])
  })
})

test('values are there while the job still runs', async () => {
  await withJob(async ({ store, job, streams, metrics }) => {
    const stream = new StreamWriter(await streams.open(job, { attempt: 1, host: 'algo-1' }))
    metrics().follow(job, request({ Name: 'loss', Regex: 'loss=([0-9.]+)' }))
    stream.append('loss=3\n', T)
    while ((await points(store, 'loss')).length === 0) await turn()
    stream.append('loss=5\n', T)
    while ((await points(store, 'loss'))[0]?.sum !== 8) await turn()
  })
})

test('what a store refuses is written at the next time', async () => {
  await withJob(async ({ store, job, streams, metrics }) => {
    const stream = new StreamWriter(await streams.open(job, { attempt: 1, host: 'algo-1' }))
    stream
      .append('loss=3\n', T)
      .append('loss=4\n', T + 60_000)
      .seal()
    const definitions = request({ Name: 'loss', Regex: 'loss=([0-9.]+)' })
    let fails = true
    const failing: Store = Object.create(store, {
      putMetrics: {
        value: async (writes: readonly MetricWrite[]) => {
          if (!fails) return store.putMetrics(writes)
          fails = false
          throw new Error('the disk is full')
        },
      },
    })
    const each = metrics(failing)
    await assert.rejects(each.finish(job, definitions), /the disk is full/)
    assert.equal((await each.finish(job, definitions)).length, 1)
    assert.equal((await points(store, 'loss')).length, 2)
  })
})

test('what the agents measured is there by host once the job is forgotten, and counts once', async () => {
  await withJob(async ({ store, job, streams, metrics }) => {
    const file = await streams.open(job, { attempt: 1, host: 'algo-2' })
    const minute = T - (T % 60_000)
    const told = [
      { time: minute, cpu: 150, memory: 25, disk: 50 },
      { time: minute + 30_000, cpu: 50 },
      { time: minute + 60_000, disk: 50 },
    ]
    writeFileSync(`${file}.usage`, `${told.map((each) => JSON.stringify(each)).join('\n')}\n{"time":${T},"cpu":`)
    const cpu = { ...SCOPE, namespace: '/aws/sagemaker/TrainingJobs', name: 'CPUUtilization' }
    const dimensions = [{ name: 'Host', value: `${job.name}/algo-2` }]
    for (const each of [metrics(), metrics()]) {
      each.follow(job, {})
      each.forget(job.id)
      await each.close()
      const query = { startTime: 0, endTime: Infinity, periodMs: 60_000 }
      assert.deepEqual(await store.metricPeriods({ metric: { ...cpu, dimensions }, ...query }), [
        { time: minute, unit: 'Percent', count: 2, sum: 200, minimum: 50, maximum: 150 },
      ])
    }
    const listed = await store.metrics({ ...SCOPE, dimensions: [{ name: 'Host' }], limit: 10 })
    assert.deepEqual(
      listed.map(({ name }) => name),
      ['CPUUtilization', 'DiskUtilization', 'MemoryUtilization'],
    )
  })
})
