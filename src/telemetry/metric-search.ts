import type { LineBatch } from './log-index.ts'
import { logText, logTextOfLines } from './log-text.ts'
import type { MetricMatcher } from './metric-matcher.ts'

/** Many lines as one text, each ending in a newline, so that a literal is found without cutting them apart. */
export interface SearchableLines {
  readonly text: string
  readonly times: readonly number[]
}

/** The last value of a metric in some lines, and the time of its line. */
export interface FoundValue {
  readonly value: number
  readonly time: number
}

export function searchableLines(batch: LineBatch): SearchableLines {
  return { text: everyLineEndsInNewline(batch) ? logTextOfLines(batch.bytes) : joinedLines(batch), times: batch.times }
}

/** Looks at the lines that hold the matcher's literal, at all of them where it has none. */
export function lastValue(matcher: MetricMatcher, { text, times }: SearchableLines): FoundValue | undefined {
  let found: { value: number; start: number } | undefined
  for (let at = text.indexOf(matcher.literal); at >= 0 && at < text.length;) {
    const start = text.lastIndexOf('\n', at - 1) + 1
    const end = text.indexOf('\n', at)
    const value = matcher.value(text.slice(start, end))
    if (value !== undefined) found = { value, start }
    at = text.indexOf(matcher.literal, end + 1)
  }
  return found && { value: found.value, time: times[lineNumber(text, found.start)] ?? 0 }
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
  const lines = ends.map((end, line) => logText(bytes.subarray((ends[line - 1] ?? start) - start, end - start)))
  return `${lines.join('\n')}\n`
}
