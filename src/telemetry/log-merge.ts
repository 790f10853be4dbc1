import { setImmediate as turn } from 'node:timers/promises'
import type { LineBatch } from './line-batch.ts'
import { LogReader } from './log-index.ts'
import { eventOf } from './log-page.ts'
import type { LogEvent } from './log-page.ts'

/** A stream that takes part in a merge. */
export interface MergedStream {
  readonly name: string
  /** Absolute path of the raw file. */
  readonly path: string
  /** Epoch milliseconds; no event is much older. */
  readonly creationTime: number
}

/** An event and where it lies; time, stream and offset are the order of a merge. */
export interface MergedEvent extends LogEvent {
  readonly stream: string
  /** File offset after the line. */
  readonly end: number
}

/** The last event that was seen. */
export type MergePlace = Pick<MergedEvent, 'time' | 'stream' | 'end'>

export interface MergeQuery {
  /** Epoch milliseconds, inclusive. */
  readonly startTime: number
  /** Epoch milliseconds, exclusive. */
  readonly endTime: number
  readonly after?: MergePlace
}

/** Agent and server read their clocks apart, so an event may seem to be a little older than its stream. */
const CLOCK_SLACK_MS = 60_000
/** Read ahead of all open streams together; of one at least a little and at most what keeps the loop free for others. */
const READ_AHEAD = 4 * 2 ** 20
const LEAST_READ = 4 * 1024
const MOST_READ = 128 * 1024

/**
 * The events of several streams in one order, oldest first. A stream is opened when the merge comes to its time and holds no file open between reads, so that
 * neither descriptors nor memory grow with the number of streams.
 */
export class LogMerge {
  readonly #query: MergeQuery
  /** Oldest last. */
  readonly #waiting: MergedStream[]
  /** Ordered by their heads. */
  readonly #open: StreamCursor[] = []
  #sinceTurn = 0

  constructor(streams: readonly MergedStream[], query: MergeQuery) {
    this.#query = query
    this.#waiting = streams.toSorted((a, b) => b.creationTime - a.creationTime)
  }

  /** The next events, as many as come from one stream and were read together; none at the end. Others have their turn in between. */
  async next(): Promise<readonly MergedEvent[]> {
    await this.#openDue()
    const [cursor] = this.#open.splice(0, 1)
    if (!cursor) return []
    const events = cursor.take({ before: this.#open[0], until: this.#nextDue() })
    await this.#putBack(cursor)
    for (const { message } of events) this.#sinceTurn += message.length
    if (this.#sinceTurn > MOST_READ) {
      this.#sinceTurn = 0
      await turn()
    }
    return events
  }

  #nextDue(): number {
    const next = this.#waiting.at(-1)
    return next ? next.creationTime - CLOCK_SLACK_MS : Infinity
  }

  async #openDue(): Promise<void> {
    while (this.#nextDue() <= (this.#open[0]?.time ?? Number.MAX_VALUE)) {
      const stream = this.#waiting.pop()
      if (stream) await this.#putBack(new StreamCursor(stream, this.#query))
    }
  }

  async #putBack(cursor: StreamCursor): Promise<void> {
    const share = Math.floor(READ_AHEAD / (this.#open.length + 1))
    if (!(await cursor.fill(Math.min(MOST_READ, Math.max(LEAST_READ, share))))) return
    let low = 0
    for (let high = this.#open.length; low < high;) {
      const middle = Math.floor((low + high) / 2)
      if (this.#open[middle]?.precedes(cursor)) low = middle + 1
      else high = middle
    }
    this.#open.splice(low, 0, cursor)
  }
}

/** One stream of a merge: some lines that were read, and which of them is the next. */
class StreamCursor {
  readonly #stream: MergedStream
  readonly #query: MergeQuery
  #batch: LineBatch | undefined
  #line = 0
  /** File offset from which to read on; undefined before the first read. */
  #from: number | undefined

  constructor(stream: MergedStream, query: MergeQuery) {
    this.#stream = stream
    this.#query = query
  }

  /** Of the next event. */
  get time(): number {
    return this.#batch?.times[this.#line] ?? Infinity
  }

  precedes(other: StreamCursor): boolean {
    return this.time < other.time || (this.time === other.time && this.#stream.name < other.#stream.name)
  }

  /** The next events, at least one, up to the head of another stream or to a time. */
  take({ before, until }: { readonly before: StreamCursor | undefined; readonly until: number }): MergedEvent[] {
    const events: MergedEvent[] = []
    const batch = this.#batch
    while (batch && this.#line < batch.ends.length && this.time < until && (!before || this.precedes(before))) {
      const end = batch.ends[this.#line] ?? 0
      events.push({ ...eventOf(batch, this.#line), stream: this.#stream.name, end })
      this.#line++
    }
    return events
  }

  /** Reads on where all that was read is taken. @returns whether there is a next event */
  async fill(size: number): Promise<boolean> {
    if (this.#batch && this.#line < this.#batch.ends.length) return true
    await using reader = await LogReader.open(this.#stream.path)
    const { end, start } = await this.#range(reader)
    this.#batch = await reader.forward({ start, end }, size)
    this.#line = 0
    this.#from = this.#batch?.ends.at(-1) ?? start
    return this.#batch !== undefined
  }

  async #range(reader: LogReader): Promise<{ readonly start: number; readonly end: number }> {
    const { startTime, endTime, after } = this.#query
    const { name } = this.#stream
    // Of what has the same time, the streams up to that of `after` are done.
    const place = after ? after.time + (name < after.stream ? 1 : 0) : 0
    const { start, end } = await reader.range(Math.max(startTime, place), endTime)
    const seen = after?.stream === name ? after.end : 0
    return { start: this.#from ?? Math.max(start, await reader.lineStart(seen)), end }
  }
}
