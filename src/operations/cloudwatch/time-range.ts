import { invalidValue } from './errors.ts'

/** Epoch milliseconds, and how long a period is. */
export interface TimeRange {
  readonly startTime: number
  /** Exclusive. */
  readonly endTime: number
  readonly periodMs: number
}

const MINUTE_SECONDS = 60
/** Of metrics with a resolution of a second (API reference). */
const SHORT_PERIODS: ReadonlySet<number> = new Set([1, 5, 10, 20, 30])

/**
 * Checks a time range and moves its start down to a whole minute, or a whole short period (GetMetricStatistics, API reference).
 * @param range epoch seconds
 * @throws AwsError `InvalidParameterValue`
 */
export function timeRange(range: {
  readonly StartTime: number
  readonly EndTime: number
  readonly Period: number
}): TimeRange {
  const { StartTime, EndTime, Period } = range
  if (StartTime >= EndTime) throw invalidValue('The parameter StartTime must be less than the parameter EndTime.')
  if (Period % MINUTE_SECONDS !== 0 && !SHORT_PERIODS.has(Period))
    // [unknown - recommended behaviour] The text; the rule is that of the API reference.
    throw invalidValue('The parameter Period must be 1, 5, 10, 20, 30, or any multiple of 60.')
  const periodMs = Period * 1000
  const unit = Math.min(Period, MINUTE_SECONDS) * 1000
  return { startTime: Math.floor((StartTime * 1000) / unit) * unit, endTime: Math.ceil(EndTime * 1000), periodMs }
}

/** How many periods begin in a range. */
export function periodsIn({ startTime, endTime, periodMs }: TimeRange): number {
  return Math.ceil((endTime - startTime) / periodMs)
}
