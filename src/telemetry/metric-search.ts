import type { LineBatch } from './line-batch.ts'
import { escapeControls, isUntouchedByEscaping } from './log-text.ts'
import type { MetricMatcher } from './metric-matcher.ts'
import { PeriodBuilder } from './metric-periods.ts'
import type { PeriodValues } from './metric-periods.ts'
import { TextLines } from './text-lines.ts'

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

/** The lines of a batch, searched as one text: of most logs no line is ever cut out. */
export class LinesToSearch {
  readonly #plain: TimedLines
  readonly #holdingPart: TimedLines | undefined
  #escaped: TimedLines | undefined

  /** @param part `sharedPart` of all literals that will be looked for: where it is rare, only the lines that hold it are searched for each */
  constructor(batch: LineBatch, part: string) {
    this.#plain = new TimedLines(batch.text, batch.times)
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

  #linesFor(literal: string): TimedLines {
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

/** Lines with their times, and escaped where one is asked for: most logs are searched without escaping any. */
class TimedLines {
  readonly #lines: TextLines
  /** By number of the line. */
  readonly times: readonly number[]
  /** By number: one line often has the values of several metrics. */
  readonly #escaped: (string | undefined)[] = []

  constructor(lines: TextLines, times: readonly number[]) {
    this.#lines = lines
    this.times = times
  }

  /** Numbers of the lines that hold a text. */
  holding(part: string): Iterable<number> {
    return this.#lines.holding(part)
  }

  /** The lines that hold a text; undefined where they are more than `most`. */
  subset(part: string, most: number): TimedLines | undefined {
    const lines: string[] = []
    const times: number[] = []
    for (const line of this.holding(part)) {
      if (lines.length >= most) return undefined
      lines.push(this.#lines.line(line))
      times.push(this.times[line] ?? 0)
    }
    return new TimedLines(new TextLines(lines.map((line) => `${line}\n`).join('')), times)
  }

  allEscaped(): TimedLines {
    return new TimedLines(new TextLines(escapeControls(this.#lines.text)), this.times)
  }

  escaped(line: number): string {
    return (this.#escaped[line] ??= escapeControls(this.#lines.line(line)))
  }
}
