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

/** A part of a text is rare where fewer lines than one of so many hold it: to look at those alone is cheaper only then. */
const RARE = 4

/**
 * Many lines as one text, so that a literal is found without cutting them apart, and only lines that hold it are escaped: most logs are searched without
 * making a line at all.
 */
export class LinesToSearch {
  readonly #plain: Lines
  readonly #holdingPart: Lines | undefined
  #escaped: Lines | undefined

  /** @param part `sharedPart` of all literals that will be looked for: where it is rare, only the lines that hold it are searched for each */
  constructor(batch: LineBatch, part: string) {
    this.#plain = linesOf(batch)
    if (part !== '') this.#holdingPart = this.#plain.subset(part, batch.ends.length / RARE)
  }

  /** Looks at the lines that hold the matcher's literal, at all of them where it has none; undefined where none has a value. */
  values(matcher: MetricMatcher): FoundValues | undefined {
    const lines = this.#linesFor(matcher.literal)
    const builder = new PeriodBuilder()
    let last: { readonly value: number; readonly time: number } | undefined
    for (const line of lines.holding(matcher.literal)) {
      const time = lines.times[line] ?? 0
      for (const value of matcher.values(lines.escaped(line))) {
        builder.add(time, value)
        last = { value, time }
      }
    }
    return last && { ...last, periods: builder.periods }
  }

  #linesFor(literal: string): Lines {
    if (!isUntouchedByEscaping(literal)) return (this.#escaped ??= this.#plain.allEscaped())
    return this.#holdingPart ?? this.#plain
  }
}

/** Longer parts are not worth looking for. */
const LONGEST_PART = 8

/** The longest part that all literals which can be looked for in plain text have in common: `: ` of `loss: ` and `acc: `. Empty where there is none. */
export function sharedPart(literals: readonly string[]): string {
  const [first = '', ...others] = literals.filter((literal) => isUntouchedByEscaping(literal))
  for (let length = Math.min(first.length, LONGEST_PART); length > 0; length--) {
    for (let at = 0; at + length <= first.length; at++) {
      const part = first.slice(at, at + length)
      if (others.every((literal) => literal.includes(part))) return part
    }
  }
  return ''
}

class Lines {
  readonly text: string
  /** By number of the line. */
  readonly times: readonly number[]
  #newlines: readonly number[] | undefined
  /** By number: one line often has the values of several metrics. */
  readonly #escaped: (string | undefined)[] = []

  /** @param newlines where they are in the text, if that is known */
  constructor(text: string, times: readonly number[], newlines?: readonly number[]) {
    this.text = text
    this.times = times
    this.#newlines = newlines
  }

  /** Numbers of the lines that hold a text. */
  *holding(literal: string): Generator<number> {
    const { text } = this
    let line = 0
    for (let at = text.indexOf(literal); at >= 0 && at < text.length;) {
      const newlines = (this.#newlines ??= newlinesOf(text))
      while ((newlines[line] ?? text.length) < at) line++
      yield line
      at = text.indexOf(literal, (newlines[line] ?? text.length) + 1)
    }
  }

  /** The lines that hold a text; undefined where they are more than `most`. */
  subset(literal: string, most: number): Lines | undefined {
    const lines: string[] = []
    const times: number[] = []
    for (const line of this.holding(literal)) {
      if (lines.length >= most) return undefined
      lines.push(this.#line(line))
      times.push(this.times[line] ?? 0)
    }
    return new Lines(lines.map((line) => `${line}\n`).join(''), times)
  }

  allEscaped(): Lines {
    return new Lines(escapeControls(this.text), this.times)
  }

  escaped(line: number): string {
    return (this.#escaped[line] ??= escapeControls(this.#line(line)))
  }

  #line(line: number): string {
    const start = line === 0 ? 0 : (this.#newlines?.[line - 1] ?? 0) + 1
    return this.text.slice(start, this.#newlines?.[line])
  }
}

const NEWLINE = 10

function linesOf(batch: LineBatch): Lines {
  const { bytes, start, ends, times } = batch
  if (!ends.every((end) => bytes[end - start - 1] === NEWLINE)) return new Lines(joinedLines(batch), times)
  const text = bytes.toString('utf8')
  if (text.length !== bytes.length) return new Lines(text, times)
  // As many characters as bytes: each lies where its byte does.
  const newlines = ends.map((end) => end - start - 1)
  return new Lines(text, times, newlines)
}

/** A line that was cut for its length, or the last one without newline, ends where its bytes end. */
function joinedLines({ bytes, start, ends }: LineBatch): string {
  const lines = ends.map((end, line) => bytes.toString('utf8', (ends[line - 1] ?? start) - start, end - start))
  return lines.map((line) => (line.endsWith('\n') ? line : `${line}\n`)).join('')
}

function newlinesOf(text: string): number[] {
  const newlines: number[] = []
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) newlines.push(at)
  return newlines
}
