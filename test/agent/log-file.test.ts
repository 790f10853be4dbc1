import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { LogFile, LogFileClosedError } from '../../src/agent/log-file.ts'
import type { JobClock } from '../../src/clock/clock.ts'
import { RealClock } from '../../src/clock/real-clock.ts'
import { decodeIndexRecord, INDEX_RECORD_BYTES } from '../../src/telemetry/log-format.ts'
import { LogReader } from '../../src/telemetry/log-index.ts'
import { readPage } from '../../src/telemetry/log-page.ts'
import type { LogEvent } from '../../src/telemetry/log-page.ts'
import { TemporaryFolder } from '../telemetry/stream-files.ts'

const clock = new RealClock()
const NO_LIMIT = 2 ** 40

/** Starts a process whose output the kernel appends to the file, as a job's. */
function job(file: string, script: string): ChildProcess {
  const output = openSync(file, 'a')
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', output, output] })
  closeSync(output)
  return child
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode
}

function records(file: string) {
  const index = readFileSync(`${file}.idx`)
  return Array.from({ length: Math.floor(index.length / INDEX_RECORD_BYTES) }, (_, position) =>
    decodeIndexRecord(index, position),
  )
}

/** Waits until the index says that the raw file holds so many bytes. */
async function indexed(file: string, offset: number): Promise<void> {
  const watcher = watch(dirname(file))
  try {
    for (;;) {
      const changed = once(watcher, 'change')
      if (existsSync(`${file}.idx`) && (records(file).at(-1)?.offset ?? 0) >= offset) return
      await changed
    }
  } finally {
    watcher.close()
  }
}

async function events(file: string): Promise<readonly LogEvent[]> {
  await using reader = await LogReader.open(file)
  const all: LogEvent[] = []
  for (let offset = 0; ;) {
    const page = await readPage(reader, { position: { from: 'after', offset }, limit: 10_000 })
    if (page.events.length === 0) return all
    all.push(...page.events)
    offset = page.end
  }
}

async function messages(file: string): Promise<string[]> {
  return (await events(file)).map((event) => event.message)
}

test('every line of a running process is indexed while it runs, and all are there once sealed', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  using log = LogFile.open({ file, maxBytes: NO_LIMIT, clock })
  const child = job(
    file,
    'echo begin; read go; i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done; printf end',
  )
  await indexed(file, 6)
  assert.deepEqual(await messages(file), ['begin'])
  child.stdin?.end('go\n')
  assert.equal(await ended(child), 0)
  await log.seal()
  const expected = ['begin', ...Array.from({ length: 2000 }, (_, i) => `line ${i}`), 'end']
  assert.deepEqual(await messages(file), expected)
  assert.equal(records(file).at(-1)?.sealed, true)
})

test('an idle stream is indexed because its watch wakes us, not because of a timer', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  const polling = { busyMs: 1, idleAfter: 0, idleMs: 2 ** 31 - 1 }
  using _log = LogFile.open({ file, maxBytes: NO_LIMIT, clock, polling })
  for (let line = 1; line <= 3; line++) {
    appendFileSync(file, 'line\n')
    await indexed(file, 5 * line)
  }
})

test('a stream that nothing announces is followed by the timer alone', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  const polling = { busyMs: 1, idleAfter: Infinity, idleMs: 2 ** 31 - 1 }
  using _log = LogFile.open({ file, maxBytes: NO_LIMIT, clock, polling })
  appendFileSync(file, 'line\n')
  await indexed(file, 5)
})

test('recorded times never go back, though the clock does', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  let now = 5000
  const timer = () => ({ [Symbol.dispose]: () => undefined })
  const wild: JobClock = { now: () => now, monotonic: () => 0, sleep: async () => undefined, timer }
  writeFileSync(file, 'one\n')
  using log = LogFile.open({ file, maxBytes: NO_LIMIT, clock: wild })
  now = 3000
  appendFileSync(file, 'two\n')
  await indexed(file, 8)
  log.close()
  now = 1000
  appendFileSync(file, 'three\n')
  await LogFile.open({ file, maxBytes: NO_LIMIT, clock: wild }).seal()
  assert.deepEqual(
    (await events(file)).map((event) => event.time),
    [5000, 5000, 5000],
  )
})

test('after a crash a torn record is cut and the stream goes on from where the raw file stands', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  writeFileSync(file, 'one\n')
  LogFile.open({ file, maxBytes: NO_LIMIT, clock }).close()
  appendFileSync(`${file}.idx`, Buffer.from([1, 2, 3, 4, 5]))
  appendFileSync(file, 'two\n')
  await LogFile.open({ file, maxBytes: NO_LIMIT, clock }).seal()
  assert.deepEqual(
    records(file).map(({ offset, sealed }) => ({ offset, sealed })),
    [
      { offset: 4, sealed: false },
      { offset: 8, sealed: false },
      { offset: 8, sealed: true },
    ],
  )
  assert.deepEqual(await messages(file), ['one', 'two'])
})

test('zeros at the end of an index, as a loss of power leaves them, are cut', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  writeFileSync(file, 'one\n')
  LogFile.open({ file, maxBytes: NO_LIMIT, clock }).close()
  truncateSync(`${file}.idx`, 5 * INDEX_RECORD_BYTES)
  await LogFile.open({ file, maxBytes: NO_LIMIT, clock }).seal()
  assert.deepEqual(
    records(file).map((record) => record.offset),
    [4, 4],
  )
})

test('an agent killed while the job writes loses no line to the next agent', async (t) => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  const agent = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { LogFile } = await import(${JSON.stringify(new URL('../../src/agent/log-file.ts', import.meta.url).href)})
     const { RealClock } = await import(${JSON.stringify(new URL('../../src/clock/real-clock.ts', import.meta.url).href)})
     LogFile.open({ file: ${JSON.stringify(file)}, maxBytes: 2 ** 40, clock: new RealClock() })`,
  ])
  t.after(() => agent.kill('SIGKILL'))
  const child = job(file, 'echo 0; read go; i=1; while [ $i -lt 50000 ]; do echo $i; i=$((i+1)); done')
  await indexed(file, 2)
  child.stdin?.end('go\n')
  await indexed(file, 3)
  agent.kill('SIGKILL')
  await ended(child)
  await LogFile.open({ file, maxBytes: NO_LIMIT, clock }).seal()
  assert.deepEqual(
    await messages(file),
    Array.from({ length: 50_000 }, (_, i) => String(i)),
  )
})

test('sealing any number of times, also in a later life, leaves one seal and a second opening adds nothing', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  writeFileSync(file, 'one\n')
  using log = LogFile.open({ file, maxBytes: NO_LIMIT, clock })
  await Promise.all([log.seal(), log.seal()])
  await log.seal()
  appendFileSync(file, 'after the end\n')
  await LogFile.open({ file, maxBytes: NO_LIMIT, clock }).seal()
  assert.equal(records(file).filter((record) => record.sealed).length, 1)
  assert.deepEqual(await messages(file), ['one'])
})

test('a stream over its limit is cut with a notice, and the job neither waits nor fails', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  using log = LogFile.open({ file, maxBytes: 100_005, clock })
  const child = job(file, 'head -c 30000000 /dev/zero | tr "\\000" x | fold -w 99; echo; echo done >&2')
  assert.equal(await ended(child), 0)
  await log.seal()
  const shown = await messages(file)
  assert.deepEqual(
    shown.slice(0, -2),
    Array.from({ length: 1000 }, () => 'x'.repeat(99)),
  )
  assert.deepEqual(shown.slice(-2), ['xxxxx', '[trainyard] log cut at 100005 bytes'])
  assert.equal(statSync(file).size, readFileSync(file).length)
})

test('a stream that was cut stays cut, with one notice, in the next life of the agent', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  writeFileSync(file, 'one\ntwo\nthree\n')
  using first = LogFile.open({ file, maxBytes: 8, clock })
  await indexed(file, 9)
  first.close()
  appendFileSync(file, 'four\n')
  await LogFile.open({ file, maxBytes: 8, clock }).seal()
  assert.equal(readFileSync(file, 'utf8'), 'one\ntwo\n[trainyard] log cut at 8 bytes\n')
  assert.deepEqual(await messages(file), ['one', 'two', '[trainyard] log cut at 8 bytes'])
})

test('a crash between the cut and its record repeats the cut', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  writeFileSync(file, 'one\ntwo\n')
  LogFile.open({ file, maxBytes: 10, clock }).close()
  writeFileSync(file, 'one\ntwo\nth\n[trainyard] log cut at 10 bytes\nand what the job wrote since')
  await LogFile.open({ file, maxBytes: 10, clock }).seal()
  assert.deepEqual(await messages(file), ['one', 'two', 'th', '[trainyard] log cut at 10 bytes'])
})

test('an aborted or closed stream is let go of and cannot be sealed', async () => {
  using folder = new TemporaryFolder()
  const controller = new AbortController()
  using log = LogFile.open({ file: folder.file('stream'), maxBytes: NO_LIMIT, clock, signal: controller.signal })
  controller.abort()
  log.close()
  await assert.rejects(log.seal(), LogFileClosedError)
})

test('what a stream has grown by is put on the disk while it grows; that the disk failed is told by the seal, which may be asked again', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  const failure = new Error('the disk failed')
  const flushed: string[] = []
  const onTheWay = Promise.withResolvers<void>()
  const flush = async (path: string) => {
    flushed.push(path)
    if (flushed.length > 1) return
    onTheWay.resolve()
    throw failure
  }
  using log = LogFile.open({ file, maxBytes: NO_LIMIT, clock, durable: { flush } })
  appendFileSync(file, 'x\n'.repeat(100))
  await indexed(file, 200)
  assert.deepEqual(flushed, [])
  appendFileSync(file, Buffer.alloc(8 * 1024 * 1024, 'x\n'))
  await onTheWay.promise
  await assert.rejects(log.seal(), failure)
  assert.deepEqual(flushed, [file])
  await log.seal()
  assert.deepEqual(flushed, [file, file, `${file}.idx`, folder.path])
})
