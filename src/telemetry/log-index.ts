import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { isMissing } from '../util/error-code.ts'
import { LineBatch } from './line-batch.ts'
import { INDEX_SUFFIX } from './log-format.ts'
import { BYTES_BEHIND_A_CUT, LINE_REACH, lineEnds, lineStart } from './log-lines.ts'
import type { LineWindow } from './log-lines.ts'
import { LogTimes } from './log-times.ts'
import { readBytes } from './read-bytes.ts'

/** A range of file offsets, both ends at the start of a line or at the end of what is visible. */
export interface LineRange {
  readonly start: number
  readonly end: number
}

/**
 * Reads one stream while the agent writes it (log-format.ts), from either end, in bounded memory. Nothing beyond the last index record is seen,
 * so a line has its final time when it is first seen. A stream without files is an empty one.
 */
export class LogReader {
  readonly #raw: FileHandle | undefined
  readonly #index: FileHandle | undefined
  readonly #times: LogTimes | undefined
  #visible = 0

  private constructor(raw: FileHandle | undefined, index: FileHandle | undefined) {
    this.#raw = raw
    this.#index = index
    this.#times = index && new LogTimes(index)
  }

  /** @param file path of the raw file */
  static async open(file: string): Promise<LogReader> {
    await using opened = new AsyncDisposableStack()
    const raw = opened.use(await openIfThere(file))
    const index = opened.use(await openIfThere(file + INDEX_SUFFIX))
    const reader = new LogReader(raw, index)
    await reader.refresh()
    opened.move()
    return reader
  }

  /** Takes in what has become visible since the last call, or since `open`. */
  async refresh(): Promise<void> {
    if (!this.#raw || !this.#times) return
    await this.#times.refresh()
    const { size } = await this.#raw.stat()
    this.#visible = Math.min(this.#times.last?.offset ?? 0, size)
  }

  /** Nothing will be added any more. */
  get sealed(): boolean {
    return this.#times?.last?.sealed ?? false
  }

  /**
   * The lines of a span of time.
   * @param startTime inclusive @param endTime exclusive
   */
  async range(startTime = 0, endTime = Infinity): Promise<LineRange> {
    if (!this.#times) return { start: 0, end: 0 }
    const start = startTime > 0 ? await this.#times.offsetBefore(startTime) : 0
    const end = endTime < Infinity ? await this.#times.offsetBefore(endTime) : this.#visible
    return { start: await this.lineStart(start), end: await this.lineStart(end) }
  }

  /** The last place not after `position`, nor after what is visible, where a line begins; the end of a sealed stream counts as one. */
  async lineStart(position: number): Promise<number> {
    const wanted = Math.min(position, this.#visible)
    if (wanted <= 0) return 0
    const base = Math.max(0, wanted - LINE_REACH)
    return lineStart(await this.#window(base, wanted + LINE_REACH - base), wanted)
  }

  /**
   * Lines from `start` on, about `size` bytes of them, at least one.
   * @returns undefined when no line ends at or before `end`
   */
  async forward({ start, end }: LineRange, size: number): Promise<LineBatch | undefined> {
    const limit = Math.min(end, this.#visible)
    for (const length of size < LINE_REACH ? [size, LINE_REACH] : [size]) {
      if (start >= limit) return undefined
      const batch = await this.#batch(await this.#window(start, length), limit)
      if (batch) return batch
      if (start + length >= this.#visible) return undefined
    }
    return undefined
  }

  /** The lines up to `end`, about `size` bytes of them, at least one; undefined when none is left in the range. */
  async backward({ start, end }: LineRange, size: number): Promise<LineBatch | undefined> {
    if (end <= start) return undefined
    const first = Math.max(start, await this.lineStart(end - Math.min(size, end)))
    return this.#batch(await this.#window(first, end - first + BYTES_BEHIND_A_CUT), end)
  }

  async close(): Promise<void> {
    await this.#raw?.close()
    await this.#index?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #window(base: number, length: number): Promise<LineWindow> {
    const { sealed } = this
    const wanted = Math.min(length, this.#visible - base)
    const bytes = this.#raw ? await readBytes(this.#raw, base, wanted) : Buffer.alloc(0)
    return { bytes, base, visible: this.#visible, sealed }
  }

  async #batch(window: LineWindow, limit: number): Promise<LineBatch | undefined> {
    const ends = lineEnds(window)
    while ((ends.at(-1) ?? 0) > limit) ends.pop()
    const end = ends.at(-1)
    if (end === undefined || !this.#times) return undefined
    const bytes = window.bytes.subarray(0, end - window.base)
    return new LineBatch({ bytes, start: window.base, ends, times: await this.#times.timesOf(ends) })
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
