import type { Static } from 'typebox'
import type { MetricStatistics } from '../../store/metric-store.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import { scopeOf, storedDimensions } from './context.ts'
import type { CloudWatchContext } from './context.ts'
import { invalidCombination, missingParameter, validationError } from './errors.ts'
import { GetMetricStatisticsInput } from './inputs.ts'
import { statistic } from './statistics.ts'
import type { StatisticName } from './statistics.ts'
import { periodsIn, timeRange } from './time-range.ts'
import type { TimeRange } from './time-range.ts'

type Input = Static<typeof GetMetricStatisticsInput>

/** "The maximum number of data points returned from a single call is 1,440" (API reference). */
const MOST_DATAPOINTS = 1440

/** Statistics of one metric; `Datapoints` is there even if empty (client-flows 5), ordered by time, which AWS does not promise. */
export function getMetricStatistics({ store }: CloudWatchContext): Operation {
  return operation({
    access: 'read',
    input: GetMetricStatisticsInput,
    async handle(input, call) {
      const statistics = wantedStatistics(input)
      const range = timeRange(input)
      refuseTooMany(range)
      const { Namespace: namespace, MetricName: name, Dimensions, Unit: unit } = input
      const metric = { ...scopeOf(call), namespace, name, dimensions: storedDimensions(Dimensions) }
      const periods = await store.metricPeriods({ metric, ...range, ...(unit !== undefined && { unit }) })
      return { Label: name, Datapoints: periods.map((period) => datapoint(period, statistics)) }
    },
  })
}

function wantedStatistics({ Statistics, ExtendedStatistics }: Input): readonly StatisticName[] {
  if (Statistics === undefined && ExtendedStatistics === undefined)
    // [unknown - recommended behaviour] The text; the API reference asks for one of the two.
    throw missingParameter('At least one of the parameters Statistics and ExtendedStatistics must be specified.')
  if (ExtendedStatistics !== undefined)
    throw validationError('This server keeps statistics and no single values, so it has no ExtendedStatistics.')
  return Statistics ?? []
}

function refuseTooMany(range: TimeRange): void {
  const wanted = periodsIn(range)
  if (wanted <= MOST_DATAPOINTS) return
  throw invalidCombination(
    `You have requested up to ${wanted.toLocaleString('en-US')} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
  )
}

/** Members in the order of the model, which is that of the XML. */
function datapoint(period: MetricStatistics, statistics: readonly StatisticName[]): object {
  const values = statistics.map((name) => [name, statistic(name, period)])
  return { Timestamp: new Date(period.time), ...Object.fromEntries(values), Unit: period.unit }
}
