import type { Static } from 'typebox'
import type { MetricStatistics, MetricWrite } from '../../store/metric-store.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import { scopeOf, storedDimensions } from './context.ts'
import type { CloudWatchContext } from './context.ts'
import { invalidCombination, invalidValue, missingParameter } from './errors.ts'
import { PutMetricDataInput } from './inputs.ts'
import type { MetricDatum } from './inputs.ts'

type Input = Static<typeof PutMetricDataInput>
type Datum = Static<typeof MetricDatum>

/** Limits of one call (API reference). */
const MOST_DATA = 1000
const MOST_VALUES = 150
const MOST_MAGNITUDE = 2 ** 360
const MINUTE_MS = 60_000

/**
 * Stores values as statistics of their minute, or of their second where StorageResolution is 1. A time of any age is taken. The entity of
 * EntityMetricData is left out: nothing here would show it.
 */
export function putMetricData({ store, clock }: CloudWatchContext): Operation {
  return operation({
    access: 'write',
    input: PutMetricDataInput,
    async handle(input, call) {
      const scope = scopeOf(call)
      const data = dataOf(input)
      const now = clock.now()
      const writes = data.map((datum, index): MetricWrite => {
        const metric = { ...scope, namespace: input.Namespace, name: datum.MetricName }
        const dimensions = storedDimensions(datum.Dimensions)
        return { metric: { ...metric, dimensions }, statistics: statisticsOf(datum, index + 1, now) }
      })
      await store.putMetrics(writes)
      return undefined
    },
  })
}

// [unknown - recommended behaviour] The texts below where they are not those of the API reference.

function dataOf({ Namespace, MetricData = [], EntityMetricData = [] }: Input): readonly Datum[] {
  if (Namespace.startsWith('AWS/')) throw invalidValue('The value AWS/ for parameter Namespace is invalid.')
  const data = [...MetricData, ...EntityMetricData.flatMap((entity) => entity.MetricData ?? [])]
  if (data.length === 0) throw missingParameter('The parameter MetricData is required.')
  if (data.length > MOST_DATA)
    throw invalidValue(`The collection MetricData must not have a size greater than ${MOST_DATA}.`)
  return data
}

function statisticsOf(datum: Datum, number: number, now: number): MetricStatistics {
  const name = `MetricData.member.${number}`
  const time = datum.Timestamp === undefined ? now : datum.Timestamp * 1000
  if (!Number.isSafeInteger(Math.floor(time)) || time < 0)
    throw invalidValue(`The parameter ${name}.Timestamp is out of range.`)
  const resolution = datum.StorageResolution ?? 60
  if (resolution !== 1 && resolution !== 60)
    throw invalidValue(`The parameter ${name}.StorageResolution must be 1 or 60.`)
  const period = resolution === 1 ? 1000 : MINUTE_MS
  const values = valuesOf(datum, name)
  for (const value of Object.values(values)) {
    if (!(Math.abs(value) <= MOST_MAGNITUDE))
      throw invalidValue(`The values of ${name} must be numbers between -2^360 and 2^360.`)
  }
  if (values.count <= 0) throw invalidValue(`The parameter ${name} must stand for one value or more.`)
  return { time: Math.floor(time / period) * period, unit: datum.Unit ?? 'None', ...values }
}

type Values = Pick<MetricStatistics, 'count' | 'sum' | 'minimum' | 'maximum'>

function valuesOf({ Value, Values, Counts, StatisticValues }: Datum, name: string): Values {
  const given = [Value, Values, StatisticValues].filter((each) => each !== undefined)
  if (given.length === 0)
    throw missingParameter(
      `At least one of the parameters ${name}.Value, ${name}.Values or ${name}.StatisticValues must be specified.`,
    )
  if (given.length > 1)
    throw invalidCombination(
      `The parameters ${name}.Value, ${name}.Values and ${name}.StatisticValues are mutually exclusive.`,
    )
  if (Value !== undefined) return { count: 1, sum: Value, minimum: Value, maximum: Value }
  if (StatisticValues) {
    const { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum } = StatisticValues
    if (minimum > maximum) throw invalidValue(`The parameter ${name}.StatisticValues.Minimum is above its Maximum.`)
    return { count, sum, minimum, maximum }
  }
  return summary(Values ?? [], Counts, name)
}

function summary(values: readonly number[], counts: readonly number[] | undefined, name: string): Values {
  if (values.length === 0 || values.length > MOST_VALUES)
    throw invalidValue(`The collection ${name}.Values must have a size between 1 and ${MOST_VALUES}.`)
  if (counts && counts.length !== values.length)
    throw invalidValue(`The collections ${name}.Values and ${name}.Counts must have the same size.`)
  if (counts?.some((count) => !(count > 0))) throw invalidValue(`The numbers of ${name}.Counts must be above 0.`)
  const of = (index: number) => counts?.[index] ?? 1
  return {
    count: values.reduce((count, _value, index) => count + of(index), 0),
    sum: values.reduce((sum, value, index) => sum + value * of(index), 0),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
  }
}
