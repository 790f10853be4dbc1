import type { LineBatch } from './line-batch.ts'
import type { LineRange, LogReader } from './log-index.ts'
import { escapeControls } from './log-text.ts'

/** One line as CloudWatch Logs shows it. */
export interface LogEvent {
  /** Epoch milliseconds of job time. */
  readonly time: number
  readonly message: string
}

/** Where a page begins: at an end of the stream, or beside a place that an earlier page named. */
export type PagePosition =
  | { readonly from: 'head' }
  | { readonly from: 'tail' }
  | { readonly from: 'after'; readonly offset: number }
  | { readonly from: 'before'; readonly offset: number }

export interface PageQuery {
  readonly position: PagePosition
  /** Epoch milliseconds, inclusive. */
  readonly startTime?: number
  /** Epoch milliseconds, exclusive. */
  readonly endTime?: number
  readonly limit: number
}

export interface LogPage {
  /** Oldest first, whichever end the page was read from. */
  readonly events: readonly LogEvent[]
  /** The page before this one is `before` this offset. */
  readonly start: number
  /** The page after this one is `after` this offset, once there is more. */
  readonly end: number
}

/** "1 MB (up to 10,000 log events)" is what GetLogEvents answers at most (CloudWatch Logs API reference). */
export const MOST_EVENTS = 10_000
const MOST_BYTES = 2 ** 20
/** What CloudWatch Logs counts for an event besides its message (PutLogEvents, API reference). */
const EVENT_OVERHEAD = 26

/** CloudWatch Logs takes no empty message. [unknown - recommended behaviour] A blank line is one space, so that it is not lost. */
const BLANK = ' '

const SMALL_READ = 16 * 1024
const LARGE_READ = 256 * 1024
/** Up to so many events are likely to lie within a small read. */
const FEW_EVENTS = 100

/** Reads one page: the events of a stretch of the stream without gap or overlap, at most `limit`, 10,000, or 1 MiB of them. */
export async function readPage(reader: LogReader, query: PageQuery): Promise<LogPage> {
  const range = await reader.range(query.startTime, query.endTime)
  const { position } = query
  switch (position.from) {
    case 'head':
      return readForward(reader, range, query.limit)
    case 'tail':
      return readBackward(reader, range, query.limit)
    case 'after': {
      const start = Math.max(range.start, await reader.lineStart(position.offset))
      const page = await readForward(reader, { start, end: range.end }, query.limit)
      return page.events.length > 0 ? page : emptyPage(position.offset)
    }
    case 'before': {
      const end = Math.min(range.end, await reader.lineStart(position.offset))
      const page = await readBackward(reader, { start: range.start, end }, query.limit)
      return page.events.length > 0 ? page : emptyPage(position.offset)
    }
    default:
      return position satisfies never
  }
}

/** An empty page keeps the place that was asked for: asking again later shows what has come since. */
function emptyPage(offset: number): LogPage {
  return { events: [], start: offset, end: offset }
}

async function readForward(reader: LogReader, range: LineRange, limit: number): Promise<LogPage> {
  const page = new PageBuilder<LogEvent>(limit)
  let { start } = range
  for (let full = false; !full;) {
    const batch = await reader.forward({ start, end: range.end }, readSize(limit))
    if (!batch) break
    for (let line = 0; line < batch.ends.length && !full; line++) {
      full = !page.add(eventOf(batch, line))
      if (!full) start = batch.ends[line] ?? start
    }
  }
  return { events: page.events, start: range.start, end: start }
}

async function readBackward(reader: LogReader, range: LineRange, limit: number): Promise<LogPage> {
  const page = new PageBuilder<LogEvent>(limit)
  let { end } = range
  for (let full = false; !full;) {
    const batch = await reader.backward({ start: range.start, end }, readSize(limit))
    if (!batch) break
    for (let line = batch.ends.length - 1; line >= 0 && !full; line--) {
      full = !page.add(eventOf(batch, line))
      if (!full) end = lineStartOf(batch, line)
    }
  }
  return { events: page.events.toReversed(), start: end, end: Math.max(range.end, end) }
}

/** Events up to the limits of one answer. */
export class PageBuilder<Event extends LogEvent> {
  readonly events: Event[] = []
  readonly #limit: number
  #bytes = 0

  constructor(limit: number) {
    this.#limit = Math.min(limit, MOST_EVENTS)
  }

  /** @returns false when the page is full; the event is then not in it. The first one always fits. */
  add(event: Event): boolean {
    this.#bytes += Buffer.byteLength(event.message) + EVENT_OVERHEAD
    if (this.events.length >= this.#limit || (this.events.length > 0 && this.#bytes > MOST_BYTES)) return false
    this.events.push(event)
    return true
  }
}

/** One line of a batch as an event. */
export function eventOf(batch: LineBatch, line: number): LogEvent {
  return { time: batch.times[line] ?? 0, message: escapeControls(batch.text.line(line)) || BLANK }
}

function lineStartOf(batch: LineBatch, line: number): number {
  return batch.ends[line - 1] ?? batch.start
}

function readSize(limit: number): number {
  return limit <= FEW_EVENTS ? SMALL_READ : LARGE_READ
}
