import { TextLines } from './text-lines.ts'

/** Whole lines that follow each other in a stream. */
export class LineBatch {
  readonly bytes: Buffer
  /** File offset of the first byte, where the first line begins. */
  readonly start: number
  /** File offset after each line, its newline included. */
  readonly ends: readonly number[]
  /** Epoch milliseconds of job time of each line; they never fall. */
  readonly times: readonly number[]
  #text: TextLines | undefined

  constructor({ bytes, start, ends, times }: Pick<LineBatch, 'bytes' | 'start' | 'ends' | 'times'>) {
    this.bytes = bytes
    this.start = start
    this.ends = ends
    this.times = times
  }

  /** Bytes that are not UTF-8 are U+FFFD in it. Of all lines at once, because to decode each by itself takes longer. */
  get text(): TextLines {
    return (this.#text ??= this.#decoded())
  }

  #decoded(): TextLines {
    const { bytes, start, ends } = this
    if (!ends.every((end) => bytes[end - start - 1] === NEWLINE)) return new TextLines(this.#joined())
    const text = bytes.toString('utf8')
    if (text.length !== bytes.length) return new TextLines(text)
    // As many characters as bytes: each lies where its byte does.
    const newlines = ends.map((end) => end - start - 1)
    return new TextLines(text, newlines)
  }

  /** A line that was cut for its length, or the last one without newline, ends where its bytes end. */
  #joined(): string {
    const { bytes, start, ends } = this
    const lines = ends.map((end, line) => bytes.toString('utf8', (ends[line - 1] ?? start) - start, end - start))
    return lines.map((line) => (line.endsWith('\n') ? line : `${line}\n`)).join('')
  }
}

const NEWLINE = 10
