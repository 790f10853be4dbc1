import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LogFile } from '../src/agent/log-file.ts'
import { RealClock } from '../src/clock/real-clock.ts'
import { LogReader } from '../src/telemetry/log-index.ts'
import { readPage } from '../src/telemetry/log-page.ts'
import { MetricEngine } from '../src/telemetry/metric-engine.ts'
import { MetricScan } from '../src/telemetry/metric-scan.ts'
import { bench, median, type Row } from './support/row.ts'

/**
 * Question: how fast do lines of 100 bytes come from a child to a reader of the log, beside a child whose output a pipe carries to `cat > file`? Alone, with
 * ten metric definitions followed, and with an event made of every line. A log is synced to the disk when it is sealed, so the pipe is synced too. Run: `node bench/logs.ts` (about 15 s).
 */
const LINES = 500_000
const ROUNDS = 5
const LINE = 'step 1200 of 5000 epoch 3 loss: 0.0625 acc: 0.9375 lr: 1e-3 '.padEnd(99, '.')
const PLAIN = 'INFO data loader worker 3 of 4 is waiting for the next batch '.padEnd(99, '-')
/** Nine plain lines for one that matches. */
const BLOCK = Array.from({ length: 10 }, (_, n) => (n === 0 ? LINE : PLAIN)).join('\\n')
const WRITE = `yes "$(printf '${BLOCK}')" | head -n ${LINES}`
const METRICS = ['loss', 'acc', 'lr', 'f1', 'auc', 'rmse', 'val_loss', 'val_acc', 'perplexity', 'throughput'].map(
  (Name) => ({
    Name,
    Regex: `${Name}: ([-+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?)`,
  }),
)

const YARDSTICK = 'pipe, cat > file, sync'
const GOALS = {
  'log file, last line readable': 0.65,
  'the same, ten metrics followed': 0.25,
  'the same as events, page by page': undefined,
} as const

const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-'))
const clock = new RealClock()
/** One serves all jobs of a server. */
const engine = new MetricEngine()

const subjects = {
  'pipe, cat > file, sync': (file: string) => run(`(${WRITE}) | cat > ${file} && sync ${file}`, 'ignore'),
  'log file, last line readable': async (file: string) => {
    await writeLog(file)
    await lastLine(file)
  },
  'the same, ten metrics followed': async (file: string) => {
    const scan = new MetricScan(engine, METRICS)
    const poll = setInterval(() => void scan.advance([file]), 100)
    await writeLog(file)
    clearInterval(poll)
    await scan.advance([file])
    await lastLine(file)
    if (scan.result().metrics.length !== 3) throw new Error('a metric is missing')
  },
  'the same as events, page by page': async (file: string) => {
    await writeLog(file)
    await everyEvent(file)
  },
} as const satisfies Record<string, (file: string) => Promise<void>>

await bench(async () => {
  const times = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, subject] of Object.entries(subjects)) {
      const file = join(folder, 'stream')
      const start = performance.now()
      await subject(file)
      times.set(name, [...(times.get(name) ?? []), performance.now() - start])
      rmSync(file, { force: true })
      rmSync(`${file}.idx`, { force: true })
    }
  }
  await engine.close()
  rmSync(folder, { recursive: true })
  return rows(times)
})

async function writeLog(file: string): Promise<void> {
  const log = LogFile.open({ file, maxBytes: 2 ** 40, clock })
  const output = openSync(file, 'a')
  await run(WRITE, output)
  closeSync(output)
  await log.seal()
}

async function run(script: string, output: number | 'ignore'): Promise<void> {
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', output, 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the writer ended with ${code}`)
}

async function lastLine(file: string): Promise<void> {
  await using reader = await LogReader.open(file)
  const { events, end } = await readPage(reader, { position: { from: 'tail' }, limit: 1 })
  if (events.length !== 1 || end !== LINES * 100) throw new Error('the log is not whole')
}

async function everyEvent(file: string): Promise<void> {
  await using reader = await LogReader.open(file)
  let count = 0
  for (let offset = 0, more = true; more;) {
    const page = await readPage(reader, { position: { from: 'after', offset }, limit: 10_000 })
    more = page.events.length > 0
    count += page.events.length
    offset = page.end
  }
  if (count !== LINES) throw new Error('the log is not whole')
}

/** A log is synced when it is sealed, so its yardstick is the synced pipe. */
function rows(times: ReadonlyMap<string, readonly number[]>): readonly Row[] {
  const pipe = times.get(YARDSTICK) ?? []
  return Object.entries(GOALS).map(([name, goal]) => {
    const own = times.get(name) ?? []
    const ratio = median(own.map((value, at) => (pipe[at] ?? Number.NaN) / value))
    return {
      what: `log lines of 100 bytes: ${name}`,
      yardstick: YARDSTICK,
      goal: goal === undefined ? '' : `≥ ${goal.toFixed(2)}`,
      result: ratio.toFixed(2),
      met: goal === undefined || ratio >= goal,
      ours: figure(own),
      theirs: figure(pipe),
    }
  })
}

function figure(milliseconds: readonly number[]): string {
  return `${(LINES / median(milliseconds) / 1000).toFixed(2)} M lines/s`
}
