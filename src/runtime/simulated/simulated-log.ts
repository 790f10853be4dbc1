import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import type { JobClock } from '../../clock/clock.ts'
import { encodeIndexRecord, INDEX_SUFFIX } from '../../telemetry/log-format.ts'
import { isMissing } from '../../util/error-code.ts'

/**
 * The stream of an instance that has no process to write it. Synchronous: a few bytes under way in a thread would be one thing more that virtual time
 * has to wait for.
 */
export class SimulatedLog {
  readonly #file: string | undefined
  readonly #maxBytes: number
  readonly #clock: JobClock
  #offset = 0

  constructor(file: string | undefined, maxBytes: number, clock: JobClock) {
    // An empty path is nobody's stream.
    this.#file = file === '' ? undefined : file
    this.#maxBytes = maxBytes
    this.#clock = clock
  }

  /** Begins the file, or goes on with what an earlier life of the server has written. @returns how many lines are there already */
  open(isResumed: boolean): number {
    if (this.#file === undefined) return 0
    const before = isResumed ? linesOf(this.#file) : EMPTY
    this.#offset = before.length
    // What was cut off within a line, or written and not indexed, is written again.
    writeFileSync(this.#file, before)
    if (!isResumed) writeFileSync(this.#file + INDEX_SUFFIX, EMPTY)
    return before.reduce((lines, byte) => lines + (byte === NEWLINE ? 1 : 0), 0)
  }

  /** What would make the stream longer than it may be is left out. */
  line(text: string): void {
    if (this.#file === undefined) return
    const bytes = Buffer.from(`${text}\n`)
    if (this.#offset + bytes.length > this.#maxBytes) return
    appendFileSync(this.#file, bytes)
    this.#offset += bytes.length
    this.#record(false)
  }

  seal(): void {
    if (this.#file !== undefined) this.#record(true)
  }

  #record(sealed: boolean): void {
    const record = encodeIndexRecord({ time: this.#clock.now(), offset: this.#offset, sealed })
    appendFileSync(`${this.#file}${INDEX_SUFFIX}`, record)
  }
}

const NEWLINE = 0x0a
const EMPTY = Buffer.alloc(0)

/** The whole lines of a file that may not be there. */
function linesOf(file: string): Buffer {
  try {
    const bytes = readFileSync(file)
    return bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1)
  } catch (error) {
    if (isMissing(error)) return EMPTY
    throw error
  }
}
