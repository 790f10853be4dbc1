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

/**
 * Question: how fast do lines of 100 bytes come from a child to a reader of the log, beside a child whose output a pipe carries to `cat > file`? Alone, with
 * ten metric definitions followed, and with an event made of every line. A log is synced to the disk when it is sealed, so the pipe is shown both with
 * and without. Prints medians of interleaved rounds and their ratio to each pipe. Run: `node bench/logs.ts` (about 15 s).
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

const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-'))
const clock = new RealClock()
/** One serves all jobs of a server. */
const engine = new MetricEngine()

const subjects = {
  'pipe, cat > file': (file: string) => run(`(${WRITE}) | cat > ${file}`, 'ignore'),
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
print()

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

function print(): void {
  const plain = median(times.get('pipe, cat > file') ?? [])
  const synced = median(times.get('pipe, cat > file, sync') ?? [])
  for (const [name, values] of times) {
    const milliseconds = median(values)
    const columns = [
      `${milliseconds.toFixed(0).padStart(5)} ms`,
      `${(LINES / milliseconds / 1000).toFixed(2)} M lines/s`,
      `${(plain / milliseconds).toFixed(2)} of the pipe`,
      `${(synced / milliseconds).toFixed(2)} of the synced pipe`,
    ]
    console.log(name.padEnd(34), columns.join('   '))
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
