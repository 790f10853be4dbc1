import { RE2JS } from 're2js'
import { METRIC_REGEX_FLAGS } from './metric-regex.ts'

export const METRIC_ENGINES = ['v8', 're2'] as const
export type MetricEngineName = (typeof METRIC_ENGINES)[number]

/** One expression as a worker is asked to run it. */
export interface MetricPattern {
  readonly source: string
  readonly literal: string
  readonly engine: MetricEngineName
}

/** Finds an expression's value in a line. */
export interface MetricMatcher {
  /** In every line that has a value. */
  readonly literal: string
  /** All values that the line holds, in order; what is captured and is no number is none. */
  values(line: string): number[]
}

/** @throws the engine's error when it cannot compile the expression */
export function metricMatcher({ source, literal, engine }: MetricPattern): MetricMatcher {
  const captures = engine === 'v8' ? v8Captures(source) : re2Captures(source)
  return { literal, values: (line) => numbers(captures(line)) }
}

/** All that group 1 captures in a line, in order. */
type Captures = (line: string) => (string | undefined)[]

function v8Captures(source: string): Captures {
  const expression = RegExp(source, METRIC_REGEX_FLAGS)
  return (line) => {
    const captures: (string | undefined)[] = []
    expression.lastIndex = 0
    for (let match = expression.exec(line); match; match = expression.exec(line)) {
      captures.push(match[1])
      // An empty match does not move on by itself.
      if (match[0] === '') expression.lastIndex += (line.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1
    }
    return captures
  }
}

function re2Captures(source: string): Captures {
  const expression = RE2JS.compile(source, RE2JS.DOTALL)
  return (line) => {
    // Far cheaper than looking for captures, and most lines have none.
    if (!expression.test(line)) return []
    return Array.from(expression.matchAll(line), (match) => match[1])
  }
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/

/** Values are 32-bit floats; what is no finite number of that kind is dropped (behaviour 5.3). */
function numbers(captures: readonly (string | undefined)[]): number[] {
  const found: number[] = []
  for (const capture of captures) {
    const text = capture?.trim() ?? ''
    const value = NUMBER.test(text) ? Math.fround(Number(text)) : Number.NaN
    if (Number.isFinite(value)) found.push(value)
  }
  return found
}
