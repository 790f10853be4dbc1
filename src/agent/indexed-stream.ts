import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import type { JobClock } from '../clock/clock.ts'
import { decodeIndexRecord, encodeIndexRecord, INDEX_RECORD_BYTES, INDEX_SUFFIX } from '../telemetry/log-format.ts'
import type { IndexRecord } from '../telemetry/log-format.ts'

const NEWLINE = 10
const NOTICE = /(^|\n)\[trainyard\] log cut at \d+ bytes\n$/
const LONGEST_NOTICE = 64

export interface IndexedStreamOptions {
  /** Absolute path of the raw file; it and its index are made where they are missing. */
  readonly file: string
  /** Bytes after which the stream is cut. */
  readonly maxBytes: number
  /** Job time, for the records. */
  readonly clock: JobClock
}

/** The two files of a stream (telemetry/log-format.ts) and what is known of them. */
export class IndexedStream {
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

  /** @throws the file system's error when the files cannot be opened */
  constructor({ file, maxBytes, clock }: IndexedStreamOptions) {
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

  /** Bytes that records have reached. */
  get size(): number {
    return this.#last.offset
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
