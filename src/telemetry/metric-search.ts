import type { LineBatch } from './log-index.ts'
import { escapeControls, isUntouchedByEscaping } from './log-text.ts'
import type { MetricMatcher } from './metric-matcher.ts'
import { PeriodBuilder } from './metric-periods.ts'
import type { PeriodValues } from './metric-periods.ts'

/** What a metric had in some lines. */
export interface FoundValues {
  /** The last value, and the time of its line. */
  readonly value: number
  readonly time: number
  /** All values, by period, in the order of time. */
  readonly periods: readonly PeriodValues[]
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

  /** Looks at the lines that hold the matcher's literal, at all of them where it has none; undefined where none has a value. */
  values(matcher: MetricMatcher): FoundValues | undefined {
    const untouched = isUntouchedByEscaping(matcher.literal)
    const text = untouched ? this.#plain : (this.#escaped ??= escapeControls(this.#plain))
    const builder = new PeriodBuilder()
    const place = new LineCounter(text)
    let last: { readonly value: number; readonly time: number } | undefined
    for (let at = text.indexOf(matcher.literal); at >= 0 && at < text.length;) {
      const start = text.lastIndexOf('\n', at - 1) + 1
      const end = text.indexOf('\n', at)
      const line = text.slice(start, end)
      const values = matcher.values(untouched ? escapeControls(line) : line)
      if (values.length > 0) {
        const time = this.#times[place.lineAt(start)] ?? 0
        for (const value of values) {
          builder.add(time, value)
          last = { value, time }
        }
      }
      at = text.indexOf(matcher.literal, end + 1)
    }
    return last && { ...last, periods: builder.periods }
  }
}

/** Numbers of lines, asked for in the order of the text. */
class LineCounter {
  readonly #text: string
  #line = 0
  #next: number

  constructor(text: string) {
    this.#text = text
    this.#next = text.indexOf('\n') + 1
  }

  lineAt(start: number): number {
    while (this.#next > 0 && this.#next <= start) {
      this.#line++
      this.#next = this.#text.indexOf('\n', this.#next) + 1
    }
    return this.#line
  }
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
