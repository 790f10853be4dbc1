import type { FileHandle } from 'node:fs/promises'
import { decodeIndexRecord, INDEX_RECORD_BYTES } from './log-format.ts'
import type { IndexRecord } from './log-format.ts'
import { readBytes } from './read-bytes.ts'

const BLOCK_RECORDS = 512
const BLOCKS_KEPT = 16

/** The records of a stream's index, found by binary search; memory is bounded whatever the index's size. */
export class LogTimes {
  readonly #file: FileHandle
  readonly #blocks = new Map<number, Buffer>()
  #count = 0
  #last: IndexRecord | undefined

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** The newest record seen by `refresh`; undefined while nothing is indexed. */
  get last(): IndexRecord | undefined {
    return this.#last
  }

  /** Takes in what was appended since the last call. */
  async refresh(): Promise<void> {
    const { size } = await this.#file.stat()
    const count = Math.floor(size / INDEX_RECORD_BYTES)
    if (count === this.#count) return
    this.#blocks.clear()
    this.#count = count
    this.#last = await this.#lastWritten()
  }

  /** The time of each line that ends at one of `ends`, which ascend and lie within what is indexed. */
  async timesOf(ends: readonly number[]): Promise<number[]> {
    const [first] = ends
    if (first === undefined) return []
    let position = await this.#find((record) => record.offset >= first)
    let record = await this.#record(position)
    const times: number[] = []
    for (const end of ends) {
      while (record.offset < end) record = this.#cached(++position) ?? (await this.#record(position))
      times.push(record.time)
    }
    return times
  }

  /** The offset up to which every line has a time before `time`. */
  async offsetBefore(time: number): Promise<number> {
    const position = await this.#find((record) => record.time >= time)
    return position === 0 ? 0 : (await this.#record(position - 1)).offset
  }

  /** Number of the first record for which `reached` holds; it holds for all that follow. The count of records if there is none. */
  async #find(reached: (record: IndexRecord) => boolean): Promise<number> {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (reached(await this.#record(middle))) high = middle
      else low = middle + 1
    }
    return low
  }

  /** After a loss of power an index may end in zeros that never were records. */
  async #lastWritten(): Promise<IndexRecord | undefined> {
    for (; this.#count > 0; this.#count--) {
      const record = await this.#record(this.#count - 1)
      if (record.time > 0) return record
    }
    return undefined
  }

  async #record(position: number): Promise<IndexRecord> {
    const cached = this.#cached(position)
    if (cached) return cached
    const number = Math.floor(position / BLOCK_RECORDS)
    const block = await readBytes(
      this.#file,
      number * BLOCK_RECORDS * INDEX_RECORD_BYTES,
      BLOCK_RECORDS * INDEX_RECORD_BYTES,
    )
    const [oldest] = this.#blocks.keys()
    if (this.#blocks.size >= BLOCKS_KEPT && oldest !== undefined) this.#blocks.delete(oldest)
    this.#blocks.set(number, block)
    return decodeIndexRecord(block, position % BLOCK_RECORDS)
  }

  #cached(position: number): IndexRecord | undefined {
    const block = this.#blocks.get(Math.floor(position / BLOCK_RECORDS))
    return block && decodeIndexRecord(block, position % BLOCK_RECORDS)
  }
}
