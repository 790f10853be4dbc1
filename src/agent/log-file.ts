import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, watch, writeSync } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { dirname } from 'node:path'
import type { JobClock } from '../clock/clock.ts'
import { systemDurableFiles, type DurableFiles } from '../durable/durable-files.ts'
import { decodeIndexRecord, encodeIndexRecord, INDEX_RECORD_BYTES, INDEX_SUFFIX } from '../telemetry/log-format.ts'
import type { IndexRecord } from '../telemetry/log-format.ts'

/** How often a stream is looked at. */
export interface LogPolling {
  /** Milliseconds between looks while the stream grows. */
  readonly busyMs: number
  /** Looks without growth after which the stream counts as idle and is only watched. */
  readonly idleAfter: number
  /** Milliseconds between looks at an idle stream, beside its watch: some file systems announce nothing, and announcements may overflow. */
  readonly idleMs: number
}

/** A line is indexed well within 100 ms; a busy stream costs 20 records a second, an idle one a stat. */
const POLLING: LogPolling = { busyMs: 50, idleAfter: 20, idleMs: 1000 }
const NEWLINE = 10
const NOTICE = /(^|\n)\[trainyard\] log cut at \d+ bytes\n$/
const LONGEST_NOTICE = 64

export interface LogFileOptions {
  /** Absolute path of the raw file; it and its index are made where they are missing. */
  readonly file: string
  /** Bytes after which the stream is cut. */
  readonly maxBytes: number
  /** Job time, for the records. */
  readonly clock: JobClock
  /** Lets go of the stream, as `close` does. */
  readonly signal?: AbortSignal
  /** Told once of each different failure to follow the stream (a full disk); it is tried again until it works. */
  readonly onError?: (error: unknown) => void
  readonly polling?: LogPolling
  /** In place of the real disk. */
  readonly durable?: Pick<DurableFiles, 'flush'>
}

/** Sealing was asked of a stream that had been let go of. */
export class LogFileClosedError extends Error {
  override readonly name = 'LogFileClosedError'
  readonly code = 'LOG_FILE_CLOSED'
  readonly file: string

  constructor(file: string) {
    super(`The log ${file} is closed and cannot be sealed; open it again first.`)
    this.file = file
  }
}

/**
 * Follows the raw file that a job's processes write through the kernel, and keeps its index (telemetry/log-format.ts). The job is never in its way:
 * it writes with O_APPEND and knows nothing of us, and what it writes beyond the limit is cut off behind it.
 *
 * A stream is busy (looked at by a timer), idle (woken by the file system, with a slow timer as a net), sealed or closed. After a crash it is opened
 * again and goes on from where the raw file stands.
 *
 * The timers are real, not job time: they follow a file of this machine, and only what they record is in job time.
 */
export class LogFile {
  readonly #file: string
  readonly #stream: Stream
  readonly #onError: (error: unknown) => void
  readonly #signal: AbortSignal | undefined
  readonly #polling: LogPolling
  readonly #durable: Pick<DurableFiles, 'flush'>
  readonly #abort = () => this.close()
  #timer: NodeJS.Timeout | undefined
  #watcher: FSWatcher | undefined
  #quiet = 0
  #failure = ''
  #closed = false
  #sealing: Promise<void> | undefined

  private constructor(options: LogFileOptions) {
    this.#file = options.file
    this.#stream = new Stream(options)
    this.#onError = options.onError ?? (() => undefined)
    this.#signal = options.signal
    this.#polling = options.polling ?? POLLING
    this.#durable = options.durable ?? systemDurableFiles
  }

  /** @throws the file system's error when the files cannot be opened */
  static open(options: LogFileOptions): LogFile {
    options.signal?.throwIfAborted()
    const log = new LogFile(options)
    options.signal?.addEventListener('abort', log.#abort, { once: true })
    if (!log.#stream.sealed) log.#look()
    return log
  }

  /**
   * Indexes everything that is there, makes both files durable, marks the stream as complete and lets go of it. To be called when no process of the
   * job is left. Any number of times, also on a stream that an earlier life sealed; after a failure it may be tried again.
   * @throws LogFileClosedError after `close`
   */
  seal(): Promise<void> {
    this.#sealing ??= this.#seal().catch((error: unknown) => {
      this.#sealing = undefined
      throw error
    })
    return this.#sealing
  }

  /** Lets go without sealing. Any number of times. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#rest()
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#stream.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #seal(): Promise<void> {
    if (this.#closed) throw new LogFileClosedError(this.#file)
    this.#rest()
    this.#stream.advance()
    // The raw bytes, if any, first: a seal that survives a loss of power must not promise bytes that did not.
    if (!this.#stream.empty) await this.#durable.flush(this.#file)
    if (this.#closed) throw new LogFileClosedError(this.#file)
    this.#stream.seal()
    await Promise.all([this.#durable.flush(this.#file + INDEX_SUFFIX), this.#durable.flush(dirname(this.#file))])
    this.close()
  }

  readonly #look = (): void => {
    clearTimeout(this.#timer)
    const grew = this.#advance()
    this.#quiet = grew ? 0 : this.#quiet + 1
    // A busy stream would wake us with every write.
    if (grew) this.#unwatch()
    const { busyMs, idleAfter, idleMs } = this.#polling
    const idle = this.#quiet > idleAfter && this.#watch()
    this.#timer = setTimeout(this.#look, idle ? idleMs : busyMs)
  }

  /** A failure is no reason to stop following: the disk may have room again at the next look. */
  #advance(): boolean {
    try {
      return this.#stream.advance()
    } catch (error) {
      if (String(error) !== this.#failure) this.#onError(error)
      this.#failure = String(error)
      return false
    }
  }

  /** @returns false where the system has no watch left to give, or grew while it was set up: then the timer alone follows */
  #watch(): boolean {
    if (this.#watcher) return true
    try {
      this.#watcher = watch(this.#file, this.#wake)
      this.#watcher.on('error', () => this.#unwatch())
    } catch {
      return false
    }
    // What was written before the watch stood has not been announced.
    if (!this.#stream.grown()) return true
    this.#unwatch()
    return false
  }

  readonly #wake = (): void => {
    this.#quiet = 0
    this.#look()
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#unwatch()
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}

/** The two files of a stream and what is known of them. */
class Stream {
  readonly #raw: number
  readonly #index: number
  readonly #clock: JobClock
  #records: number
  #last: IndexRecord
  /** Bytes that the job may fill. */
  readonly #limit: number
  /** Where the file ends once it has been cut, the notice included. */
  #cutEnd: number | undefined
  #closed = false

  constructor({ file, maxBytes, clock }: LogFileOptions) {
    this.#clock = clock
    this.#raw = openReadWrite(file)
    this.#index = openReadWrite(file + INDEX_SUFFIX)
    this.#records = completeRecords(this.#index)
    this.#last = readRecord(this.#index, this.#records - 1)
    // A torn or zeroed end of the index: a crash fell into the middle of a write.
    ftruncateSync(this.#index, this.#records * INDEX_RECORD_BYTES)
    this.#limit = Math.max(maxBytes, this.#last.offset)
    if (this.#last.offset > maxBytes && endsInNotice(this.#raw, this.#last.offset)) this.#cutEnd = this.#last.offset
  }

  get sealed(): boolean {
    return this.#last.sealed
  }

  /** Whether no record has reached any bytes. */
  get empty(): boolean {
    return this.#last.offset === 0
  }

  /** Whether the file holds what no record has reached. */
  grown(): boolean {
    return fstatSync(this.#raw).size > this.#last.offset
  }

  /** Records how far the file has come. @returns whether it had grown */
  advance(): boolean {
    const { size } = fstatSync(this.#raw)
    if (this.sealed || size <= this.#last.offset) return false
    const end = this.#cutEnd ?? (size > this.#limit ? this.#cut() : size)
    if (size > end) ftruncateSync(this.#raw, end)
    if (end > this.#last.offset) this.#append(end, false)
    return true
  }

  seal(): void {
    if (!this.sealed) this.#append(this.#last.offset, true)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#raw)
    closeSync(this.#index)
  }

  /**
   * Puts the notice at the limit, over whatever the job has written there: our own descriptor does not append. The job may write at any moment in between;
   * it lands behind the notice, or under it, and is gone with the next truncation.
   */
  #cut(): number {
    const lineBefore = this.#limit === 0 || readAt(this.#raw, this.#limit - 1, 1).at(0) === NEWLINE
    const notice = Buffer.from(`${lineBefore ? '' : '\n'}[trainyard] log cut at ${this.#limit} bytes\n`)
    ftruncateSync(this.#raw, this.#limit)
    writeAll(this.#raw, notice, this.#limit)
    this.#cutEnd = this.#limit + notice.length
    ftruncateSync(this.#raw, this.#cutEnd)
    return this.#cutEnd
  }

  #append(offset: number, sealed: boolean): void {
    const record = { time: Math.max(this.#last.time, this.#clock.now()), offset, sealed }
    // At its own place, so that a write that a full disk cut short is written over by the next.
    writeAll(this.#index, encodeIndexRecord(record), this.#records * INDEX_RECORD_BYTES)
    this.#records += 1
    this.#last = record
  }
}

function openReadWrite(file: string): number {
  return openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)
}

function completeRecords(index: number): number {
  let count = Math.floor(fstatSync(index).size / INDEX_RECORD_BYTES)
  while (count > 0 && readRecord(index, count - 1).time === 0) count--
  return count
}

function readRecord(index: number, position: number): IndexRecord {
  if (position < 0) return { time: 0, offset: 0, sealed: false }
  return decodeIndexRecord(readAt(index, position * INDEX_RECORD_BYTES, INDEX_RECORD_BYTES), 0)
}

function endsInNotice(raw: number, offset: number): boolean {
  const from = Math.max(0, offset - LONGEST_NOTICE)
  return NOTICE.test(readAt(raw, from, offset - from).toString('latin1'))
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position))
}

function writeAll(descriptor: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written)
  }
}
