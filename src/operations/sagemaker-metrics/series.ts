import type { Static } from 'typebox'
import type { MetricStatistics, RunMetricValue } from '../../store/metric-store.ts'
import type { MetricQuery } from './inputs.ts'

type Query = Static<typeof MetricQuery>
type Statistic = Query['MetricStat']

export interface Series {
  readonly XAxisValues: readonly number[]
  readonly MetricValues: readonly number[]
}

const PERIODS_MS = { OneMinute: 60_000, FiveMinute: 300_000, OneHour: 3_600_000 } as const

/** @returns undefined for the period of an iteration */
export function periodMs(period: Query['Period']): number | undefined {
  return period === 'IterationNumber' ? undefined : PERIODS_MS[period]
}

/**
 * One point for each step, or for each period of time; the axis of time is in epoch milliseconds [unknown - recommended behaviour: the SDK hands
 * them to MLflow, which counts so]. Values without a step have no place on the axis of steps.
 * @param values in the order of their times
 */
export function seriesOf(values: readonly RunMetricValue[], { MetricStat, Period, XAxisType }: Query): Series {
  const length = periodMs(Period)
  const place = ({ time, step }: RunMetricValue): number | undefined => {
    if (XAxisType === 'IterationNumber') return step
    return length === undefined ? time : Math.floor(time / length) * length
  }
  const groups = Map.groupBy(values, place)
  groups.delete(undefined)
  const points = [...groups].flatMap(([x, group]) => (x === undefined ? [] : [{ x, group }])).sort((a, b) => a.x - b.x)
  return {
    XAxisValues: points.map(({ x }) => x),
    MetricValues: points.map(({ group }) =>
      statistic(
        MetricStat,
        group.map(({ value }) => value),
      ),
    ),
  }
}

/** The same of what is kept as statistics only. @returns undefined for a statistic that these do not tell */
export function seriesOfPeriods(periods: readonly MetricStatistics[], stat: Statistic): Series | undefined {
  const values = periods.map((period) => statisticOf(period, stat))
  const known = values.filter((value) => value !== undefined)
  if (known.length < values.length) return undefined
  return { XAxisValues: periods.map(({ time }) => time), MetricValues: known }
}

function statisticOf({ count, sum, minimum, maximum }: MetricStatistics, stat: Statistic): number | undefined {
  switch (stat) {
    case 'Min':
      return minimum
    case 'Max':
      return maximum
    case 'Avg':
      return sum / count
    case 'Count':
      return count
    case 'StdDev':
    case 'Last':
      return undefined
    default:
      return stat satisfies never
  }
}

function statistic(stat: Statistic, values: readonly number[]): number {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length
  switch (stat) {
    case 'Min':
      return values.reduce((least, value) => Math.min(least, value), Infinity)
    case 'Max':
      return values.reduce((most, value) => Math.max(most, value), -Infinity)
    case 'Avg':
      return average
    case 'Count':
      return values.length
    case 'StdDev':
      return Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length)
    case 'Last':
      return values.at(-1) ?? 0
    default:
      return stat satisfies never
  }
}
