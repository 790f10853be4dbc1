import { RegexParser } from './metric-regex-parser.ts'
import { MetricRegexError } from './metric-regex-error.ts'

/** A metric definition's expression, checked and translated from Python's dialect. */
export interface MetricRegex {
  /** For V8 with the flags `gsu`, and word for word for RE2 with DOTALL: both find the same. */
  readonly source: string
  /** A text that is in every line that matches; empty where none is sure. Looking for it first is what makes most lines cheap. */
  readonly literal: string
  /** Which engine may run it: `re2` where V8 would capture something else than Python, `v8` where RE2 lacks what it needs. */
  readonly engine: 'either' | 'v8' | 're2'
  /** The value is capture group 1 (behaviour 5.3): an expression without a group never reports one. */
  readonly groups: number
}

/**
 * Never runs the expression, so no expression can stall the caller.
 * @throws MetricRegexError for an expression that Python refuses, or that cannot be run here; its message says where and why
 */
export function compileMetricRegex(pattern: string): MetricRegex {
  const regex = new RegexParser(pattern).parse()
  try {
    // Only parsed: V8 compiles at the first match.
    RegExp(regex.source, METRIC_REGEX_FLAGS)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MetricRegexError(pattern, reason, { cause })
  }
  return regex
}

export const METRIC_REGEX_FLAGS = 'gsu'
