import type { LineBatch } from './log-index.ts'
import { escapeControls, isUntouchedByEscaping } from './log-text.ts'
import type { MetricMatcher } from './metric-matcher.ts'

/** The last value of a metric in some lines, and the time of its line. */
export interface FoundValue {
  readonly value: number
  readonly time: number
}

/**
 * Many lines as one text, so that a literal is found without cutting them apart, and only lines that hold it are escaped: most logs are searched without
 * making a line at all.
 */
export class LinesToSearch {
  readonly #plain: string
  readonly #times: readonly number[]
  #escaped: string | undefined

  constructor(batch: LineBatch) {
    this.#plain = everyLineEndsInNewline(batch) ? batch.bytes.toString('utf8') : joinedLines(batch)
    this.#times = batch.times
  }

  /** Looks at the lines that hold the matcher's literal, at all of them where it has none. */
  lastValue(matcher: MetricMatcher): FoundValue | undefined {
    const untouched = isUntouchedByEscaping(matcher.literal)
    const text = untouched ? this.#plain : (this.#escaped ??= escapeControls(this.#plain))
    let found: { readonly value: number; readonly start: number } | undefined
    for (let at = text.indexOf(matcher.literal); at >= 0 && at < text.length;) {
      const start = text.lastIndexOf('\n', at - 1) + 1
      const end = text.indexOf('\n', at)
      const line = text.slice(start, end)
      const value = matcher.value(untouched ? escapeControls(line) : line)
      if (value !== undefined) found = { value, start }
      at = text.indexOf(matcher.literal, end + 1)
    }
    return found && { value: found.value, time: this.#times[lineNumber(text, found.start)] ?? 0 }
  }
}

function lineNumber(text: string, start: number): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < start; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

const NEWLINE = 10

function everyLineEndsInNewline({ bytes, start, ends }: LineBatch): boolean {
  return ends.every((end) => bytes[end - start - 1] === NEWLINE)
}

/** A line that was cut for its length, or the last one without newline, ends where its bytes end. */
function joinedLines({ bytes, start, ends }: LineBatch): string {
  const lines = ends.map((end, line) => bytes.toString('utf8', (ends[line - 1] ?? start) - start, end - start))
  return lines.map((line) => (line.endsWith('\n') ? line : `${line}\n`)).join('')
}
