import assert from 'node:assert/strict'
import { truncateSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { LogReader } from '../../src/telemetry/log-index.ts'
import { LINE_GRID } from '../../src/telemetry/log-lines.ts'
import { readPage } from '../../src/telemetry/log-page.ts'
import type { LogEvent, LogPage, PageQuery } from '../../src/telemetry/log-page.ts'
import { StreamWriter, TemporaryFolder } from './stream-files.ts'

interface Chunk {
  readonly bytes: Buffer
  readonly pause: number
}

const START = 1_700_000_000_000

/** What a reader must show, from the whole file in memory and the records one after the other. */
function model(chunks: readonly Chunk[], sealed: boolean): LogEvent[] {
  const bytes = Buffer.concat(chunks.map((chunk) => chunk.bytes))
  const events: LogEvent[] = []
  for (const [start, end] of pieces(bytes, sealed)) {
    const last = bytes[end - 1] === 10 ? end - 1 : end
    const text = Array.from(bytes.toString('utf8', start, last), escaped).join('')
    events.push({ time: timeOf(chunks, end), message: text === '' ? ' ' : text })
  }
  return events
}

function* pieces(bytes: Buffer, sealed: boolean): Generator<[number, number]> {
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(10, start)
    const end = newline < 0 ? bytes.length : newline
    let from = start
    for (let cut = LINE_GRID; cut < end; cut += LINE_GRID) {
      if (cut - start < LINE_GRID) continue
      let place = cut
      while ((bytes[place]! & 0xc0) === 0x80 && cut - place < 3) place--
      if ((bytes[place]! & 0xc0) === 0x80) place = cut
      yield [from, place]
      from = place
    }
    if (newline >= 0) yield [from, newline + 1]
    else if (sealed) yield [from, end]
    start = newline < 0 ? bytes.length : newline + 1
  }
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!
  return code < 32 || code === 127 ? `#${code.toString(8).padStart(3, '0')}` : character
}

function timeOf(chunks: readonly Chunk[], end: number): number {
  let offset = 0
  let time = START
  for (const { bytes, pause } of chunks) {
    offset += bytes.length
    time += pause
    if (offset >= end) return time
  }
  throw new Error('no record reaches this line')
}

function write(file: string, chunks: readonly Chunk[], sealed: boolean): void {
  const stream = new StreamWriter(file)
  let time = START
  for (const { bytes, pause } of chunks) {
    time += pause
    stream.append(bytes, time)
  }
  if (sealed) stream.seal()
}

async function readAll(reader: LogReader, limit: number, query: Omit<PageQuery, 'position' | 'limit'> = {}) {
  const forward = await collect(reader, { ...query, limit, position: { from: 'head' } }, (page) => ({
    from: 'after',
    offset: page.end,
  }))
  const backward = await collect(reader, { ...query, limit, position: { from: 'tail' } }, (page) => ({
    from: 'before',
    offset: page.start,
  }))
  return { forward: forward.flat(), backward: backward.toReversed().flat() }
}

async function collect(reader: LogReader, first: PageQuery, next: (page: LogPage) => PageQuery['position']) {
  const pages: (readonly LogEvent[])[] = []
  for (let query = first; ;) {
    const page = await readPage(reader, query)
    assert.ok(page.events.length <= query.limit)
    if (page.events.length === 0) return pages
    pages.push(page.events)
    query = { ...query, position: next(page) }
  }
}

const bytes = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 30, unit: 'grapheme' }).map((text) => Buffer.from(text)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('\n', '\n\n', 'loss=1\n', '\r\n', '\t\u001b[0m\n').map((t) => Buffer.from(t)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 8 }).map((values) => Buffer.from(values)) },
)
const chunk = fc.record({ bytes: bytes.filter((value) => value.length > 0), pause: fc.integer({ min: 0, max: 3 }) })
/** Runs without newline around the lengths at which lines are cut, of one byte or of characters that a cut might split. */
const longRun = fc
  .record({
    character: fc.constantFrom('x', 'é', '€', '😀', '\u0001'),
    length: fc.oneof(
      fc.integer({ min: -4, max: 4 }).map((n) => LINE_GRID + n),
      fc.integer({ min: -4, max: 4 }).map((n) => 2 * LINE_GRID + n),
      fc.integer({ min: 1, max: 5 * LINE_GRID }),
    ),
  })
  .map(({ character, length }) => Buffer.alloc(length, character))
const longChunk = fc.record({
  bytes: fc.oneof(longRun, fc.constant(Buffer.from('\n')), fc.constant(Buffer.from('short\n'))),
  pause: fc.integer({ min: 0, max: 3 }),
})

test('pages of any size, from either end, show every line of any stream once and in order', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  await fc.assert(
    fc.asyncProperty(
      fc.array(chunk, { maxLength: 40 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      async (chunks, sealed, limit) => {
        write(file, chunks, sealed)
        await using reader = await LogReader.open(file)
        const expected = model(chunks, sealed)
        assert.deepEqual(await readAll(reader, limit), { forward: expected, backward: expected })
      },
    ),
    { numRuns: 150 },
  )
})

test('lines beyond 256 KiB are cut alike from either end and never inside a character', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  await fc.assert(
    fc.asyncProperty(fc.array(longChunk, { minLength: 1, maxLength: 6 }), fc.boolean(), async (chunks, sealed) => {
      write(file, chunks, sealed)
      await using reader = await LogReader.open(file)
      const expected = model(chunks, sealed)
      assert.deepEqual(await readAll(reader, 10_000), { forward: expected, backward: expected })
      for (const { message } of expected) assert.ok(Buffer.byteLength(message) <= 4 * 2 * LINE_GRID)
    }),
    { numRuns: 40 },
  )
})

test('a span of time holds its first millisecond and not its last', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  const time = fc.integer({ min: -2, max: 60 }).map((offset) => START + offset)
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 30 }), time, time, async (chunks, startTime, endTime) => {
      write(file, chunks, true)
      await using reader = await LogReader.open(file)
      const expected = model(chunks, true).filter((event) => event.time >= startTime && event.time < endTime)
      assert.deepEqual(await readAll(reader, 3, { startTime, endTime }), { forward: expected, backward: expected })
    }),
    { numRuns: 100 },
  )
})

test('a stream that grows while it is read shows each line once, with the time it will always have', async () => {
  using folder = new TemporaryFolder()
  const file = folder.file('stream')
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 25 }), async (chunks) => {
      const stream = new StreamWriter(file)
      await using reader = await LogReader.open(file)
      const seen: LogEvent[] = []
      let offset = 0
      let time = START
      const drain = async () => {
        for (;;) {
          const page = await readPage(reader, { position: { from: 'after', offset }, limit: 2 })
          if (page.events.length === 0) return
          seen.push(...page.events)
          offset = page.end
        }
      }
      for (const { bytes: part, pause } of chunks) {
        time += pause
        stream.write(part)
        await reader.refresh()
        await drain()
        stream.index(time)
        await reader.refresh()
        await drain()
      }
      stream.seal()
      await reader.refresh()
      await drain()
      assert.deepEqual(seen, model(chunks, true))
    }),
    { numRuns: 60 },
  )
})

test('what no index record has reached is not shown, nor the last line until the stream is sealed', async () => {
  using folder = new TemporaryFolder()
  const stream = new StreamWriter(folder.file('stream'))
  await using reader = await LogReader.open(stream.file)
  const shown = async () => {
    await reader.refresh()
    return (await readPage(reader, { position: { from: 'head' }, limit: 10 })).events.map((event) => event.message)
  }
  stream.write('one\ntwo')
  assert.deepEqual(await shown(), [])
  stream.index(START)
  assert.deepEqual(await shown(), ['one'])
  stream.seal()
  assert.deepEqual(await shown(), ['one', 'two'])
})

test('an empty page keeps the place that was asked for', async () => {
  using folder = new TemporaryFolder()
  const stream = new StreamWriter(folder.file('stream')).append('one\ntwo\n', START)
  await using reader = await LogReader.open(stream.file)
  const after = await readPage(reader, { position: { from: 'after', offset: 8 }, limit: 10 })
  assert.deepEqual(after, { events: [], start: 8, end: 8 })
  const before = await readPage(reader, { position: { from: 'before', offset: 0 }, limit: 10 })
  assert.deepEqual(before, { events: [], start: 0, end: 0 })
})

test('a stream without files, or with zeros where a loss of power ate its last records, is no error', async () => {
  using folder = new TemporaryFolder()
  await using missing = await LogReader.open(folder.file('nothing'))
  assert.deepEqual(await readAll(missing, 5), { forward: [], backward: [] })
  const stream = new StreamWriter(folder.file('stream')).append('one\n', START)
  truncateSync(`${stream.file}.idx`, 16 * 700)
  await using reader = await LogReader.open(stream.file)
  assert.deepEqual(await readAll(reader, 5), {
    forward: [{ time: START, message: 'one' }],
    backward: [{ time: START, message: 'one' }],
  })
})

test('a raw file shorter than its index, as after a loss of power, shows what is left', async () => {
  using folder = new TemporaryFolder()
  const stream = new StreamWriter(folder.file('stream')).append('one\ntwo\nthree\n', START).seal()
  truncateSync(stream.file, 6)
  await using reader = await LogReader.open(stream.file)
  const { forward } = await readAll(reader, 5)
  assert.deepEqual(
    forward.map((event) => event.message),
    ['one', 'tw'],
  )
})

test('a page has at most 1 MiB', async () => {
  using folder = new TemporaryFolder()
  const line = `${'x'.repeat(99)}\n`
  const stream = new StreamWriter(folder.file('stream')).append(line.repeat(30_000), START)
  await using reader = await LogReader.open(stream.file)
  const page = await readPage(reader, { position: { from: 'tail' }, limit: 10_000 })
  assert.equal(page.events.length, Math.floor(2 ** 20 / (99 + 26)))
  assert.equal(page.end, line.length * 30_000)
})
