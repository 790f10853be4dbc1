import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MetricEngine } from '../../src/telemetry/metric-engine.ts'
import { MetricScan } from '../../src/telemetry/metric-scan.ts'
import type { FoundPeriod, PeriodValues } from '../../src/telemetry/metric-periods.ts'
import type { MetricDefinition, MetricResult } from '../../src/telemetry/metric-scan.ts'
import { StreamWriter, TemporaryFolder } from './stream-files.ts'

const T = 1_700_000_000_000

async function scan(
  definitions: readonly MetricDefinition[],
  files: readonly string[],
  engine: MetricEngine,
): Promise<MetricResult> {
  const metrics = new MetricScan(engine, definitions)
  await metrics.advance(files)
  return metrics.result()
}

async function withEngine(deadlineMs: number, work: (engine: MetricEngine) => Promise<void>): Promise<void> {
  const engine = new MetricEngine({ deadlineMs })
  try {
    await work(engine)
  } finally {
    await engine.close()
  }
}

const USUAL = 30_000

test('each metric has the last value over all streams, in the order of the definitions, with whole seconds', async () => {
  using folder = new TemporaryFolder()
  const one = new StreamWriter(folder.file('one')).append('loss: 3 acc: 0.1\n', T).append('loss: 1\nnoise\n', T + 2600)
  const two = new StreamWriter(folder.file('two')).append('loss: 2\nacc: 0.5', T + 1700).seal()
  const definitions = [
    { Name: 'never', Regex: 'f1: ([0-9.]+)' },
    { Name: 'acc', Regex: 'acc: ([0-9.]+)' },
    { Name: 'loss', Regex: 'loss: ([0-9.]+)' },
  ]
  await withEngine(USUAL, async (engine) => {
    assert.deepEqual(await scan(definitions, [one.file, two.file, folder.file('missing')], engine), {
      metrics: [
        { name: 'acc', value: 0.5, timestamp: T / 1000 + 1 },
        { name: 'loss', value: 1, timestamp: T / 1000 + 2 },
      ],
      warnings: [],
    })
  })
})

test('expressions see control characters escaped, as the Logs API shows them', async () => {
  using folder = new TemporaryFolder()
  const stream = new StreamWriter(folder.file('stream')).append('#quality\tvalue=1\r\nplain\n', T)
  await withEngine(USUAL, async (engine) => {
    const definitions = [{ Name: 'quality', Regex: '#quality#011value=(\\d)#015$' }]
    const { metrics } = await scan(definitions, [stream.file], engine)
    assert.deepEqual(metrics, [{ name: 'quality', value: 1, timestamp: T / 1000 }])
  })
})

test('following a growing stream in any steps comes to what one scan of the whole comes to', async () => {
  using folder = new TemporaryFolder()
  const definitions = [
    { Name: 'loss', Regex: 'loss=(\\d+)' },
    { Name: 'any', Regex: '(\\d+)$' },
  ]
  const chunk = fc.record({
    text: fc.constantFrom('loss=1\n', 'loss=', '2\n', 'é\t', '\n', 'loss=7', ' 31\n', 'x'.repeat(140_000)),
    pause: fc.constantFrom(0, 400, 1000),
  })
  await withEngine(USUAL, async (engine) => {
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), async (chunks) => {
        const stream = new StreamWriter(folder.file('stream'))
        const following = new MetricScan(engine, definitions)
        let time = T
        for (const { text, pause } of chunks) {
          time += pause
          stream.append(text, time)
          await following.advance([stream.file])
        }
        stream.seal()
        await following.advance([stream.file])
        assert.deepEqual(following.result(), await scan(definitions, [stream.file], engine))
      }),
      { numRuns: 30 },
    )
  })
})

test('an expression that V8 cannot finish in time is finished by RE2, and the others are not touched', async () => {
  using folder = new TemporaryFolder()
  const stream = new StreamWriter(folder.file('stream')).append(`${'a'.repeat(40)}!\nloss=1\naaa=5\n`, T)
  const definitions = [
    { Name: 'loss', Regex: 'loss=(\\d)' },
    { Name: 'evil', Regex: '^(?:a+)+=(\\d)$' },
  ]
  await withEngine(100, async (engine) => {
    const result = await scan(definitions, [stream.file], engine)
    assert.deepEqual(result.warnings, [])
    assert.deepEqual(
      result.metrics.map(({ name, value }) => ({ name, value })),
      [
        { name: 'loss', value: 1 },
        { name: 'evil', value: 5 },
      ],
    )
  })
})

test('one that RE2 cannot run either is dropped with a warning, and the others keep their values', async () => {
  using folder = new TemporaryFolder()
  const stream = new StreamWriter(folder.file('stream')).append(`loss=1\naaa=5\n${'a'.repeat(40)}!\nloss=2\n`, T)
  const definitions = [
    { Name: 'evil', Regex: '^(?=(?:a+)+=(\\d)$)' },
    { Name: 'loss', Regex: '(?<=loss=)(\\d)' },
  ]
  await withEngine(100, async (engine) => {
    const result = await scan(definitions, [stream.file], engine)
    assert.deepEqual(
      result.metrics.map(({ name, value }) => ({ name, value })),
      [{ name: 'loss', value: 2 }],
    )
    assert.deepEqual(result.warnings, ["The metric 'evil' was dropped: it was still running after 100 ms."])
  })
})

test('a definition without a group, or that cannot be compiled, is named in a warning', async () => {
  await withEngine(USUAL, async (engine) => {
    const definitions = [
      { Name: 'groupless', Regex: 'loss' },
      { Name: 'broken', Regex: '(' },
    ]
    const { metrics, warnings } = await scan(definitions, [], engine)
    assert.deepEqual(metrics, [])
    assert.match(warnings[0]!, /'groupless' was dropped: its expression has no capture group/)
    assert.match(warnings[1]!, /'broken' was dropped: .*unterminated subpattern/)
  })
})

test('a search of a closed engine is answered, not left waiting', async () => {
  using folder = new TemporaryFolder()
  const stream = new StreamWriter(folder.file('stream')).append(`${'a'.repeat(40)}!\n`, T)
  const engine = new MetricEngine({ deadlineMs: USUAL })
  const result = scan([{ Name: 'evil', Regex: '^(?:a+)+=(\\d)$' }], [stream.file], engine)
  await engine.close()
  assert.deepEqual((await result).metrics, [])
})

test('the periods of a long log are handed over in pieces, and a scan that begins again hands over the same', async () => {
  using folder = new TemporaryFolder()
  const stream = new StreamWriter(folder.file('stream'))
  const minutes = 1300
  // More than one request to the engine searches.
  const line = 'x'.repeat(4999)
  for (let minute = 0; minute < minutes; minute++)
    stream.append(`v=${minute}\nv=${minute}\n${line}\n`, T + minute * 60_000)
  await withEngine(USUAL, async (engine) => {
    const runs = [0, 1].map(async () => {
      const periods = new Map<number, PeriodValues>()
      let calls = 0
      const write = async (changed: readonly FoundPeriod[]) => {
        calls++
        for (const { values } of changed) periods.set(values.time, values)
      }
      const metrics = new MetricScan(engine, [{ Name: 'v', Regex: 'v=(\\d+)' }], write)
      await metrics.advance([stream.file])
      await metrics.flush()
      await metrics.flush()
      return { periods, calls }
    })
    for (const { periods, calls } of await Promise.all(runs)) {
      assert.ok(calls > 1, `${calls} calls`)
      assert.equal(periods.size, minutes)
      for (const [minute, { count, sum }] of [...periods.values()].entries())
        assert.deepEqual([count, sum], [2, 2 * minute])
    }
  })
})
