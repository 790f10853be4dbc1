import { RegexParser, type MetricRegex } from './metric-regex-parser.ts'
import { remembering } from '../util/remembering.ts'
import { MetricRegexError } from './metric-regex-error.ts'

/** The jobs of an account mostly have the same definitions, and each Create asks for all of its own. */
const REMEMBERED = 500

/**
 * Never runs the expression, so no expression can stall the caller.
 * @throws MetricRegexError for an expression that Python refuses, or that cannot be run here; its message says where and why
 */
export const compileMetricRegex = remembering(compiled, REMEMBERED)

function compiled(pattern: string): MetricRegex {
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
