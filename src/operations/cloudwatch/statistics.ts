import type { MetricStatistics } from '../../store/metric-store.ts'
import { STATISTICS } from './inputs.ts'

export type StatisticName = (typeof STATISTICS)[number]

export function isStatistic(name: string): name is StatisticName {
  return STATISTICS.some((known) => known === name)
}

export function statistic(name: StatisticName, { count, sum, minimum, maximum }: MetricStatistics): number {
  switch (name) {
    case 'SampleCount':
      return count
    case 'Average':
      return sum / count
    case 'Sum':
      return sum
    case 'Minimum':
      return minimum
    case 'Maximum':
      return maximum
    default:
      return name satisfies never
  }
}
