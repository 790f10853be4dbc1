import { setImmediate as turn } from 'node:timers/promises'
import type { Static } from 'typebox'
import { operation } from '../operation.ts'
import type { Call, Operation } from '../operation.ts'
import { scopeOf, storedDimensions } from './context.ts'
import type { CloudWatchContext } from './context.ts'
import { invalidNextToken, invalidValue, missingParameter, validationError } from './errors.ts'
import { GetMetricDataInput } from './inputs.ts'
import type { MetricDataQuery } from './inputs.ts'
import { isStatistic, statistic } from './statistics.ts'
import { periodsIn, timeRange } from './time-range.ts'

type Input = Static<typeof GetMetricDataInput>
type Query = Static<typeof MetricDataQuery>

/** Limits of one call (API reference). */
const MOST_QUERIES = 500
const MOST_DATAPOINTS = 100_800
const ID = /^[a-z][a-zA-Z0-9_]*$/

interface Series {
  readonly id: string
  readonly label: string
  readonly points: readonly { readonly time: number; readonly value: number }[]
}

/** Statistics of several metrics, newest first unless asked otherwise, by page where there are more data points than a page holds. */
export function getMetricData(context: CloudWatchContext): Operation {
  return operation({
    access: 'read',
    input: GetMetricDataInput,
    async handle(input, call) {
      checkQueries(input)
      const { start, left } = place(input)
      const results: object[] = []
      let room = left
      const queries = input.MetricDataQueries.filter(({ ReturnData = true }) => ReturnData)
      let skip = start.points
      for (const [index, query] of queries.entries()) {
        if (index < start.query) continue
        if (room === 0) return { MetricDataResults: results, NextToken: encodeToken(index, skip), Messages: [] }
        const { id, label, points } = await series(context, { query, input, call })
        const page = points.slice(skip, skip + room)
        const isWhole = skip + page.length === points.length
        results.push(result({ id, label, points: page }, isWhole))
        room -= page.length
        if (!isWhole)
          return { MetricDataResults: results, NextToken: encodeToken(index, skip + page.length), Messages: [] }
        skip = 0
        await turn()
      }
      return { MetricDataResults: results, Messages: [] }
    },
  })
}

function checkQueries({ MetricDataQueries: queries, MaxDatapoints: most = MOST_DATAPOINTS }: Input): void {
  if (queries.length > MOST_QUERIES)
    throw validationError(`The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`)
  if (most < 1 || most > MOST_DATAPOINTS)
    throw invalidValue(`The parameter MaxDatapoints must be between 1 and ${MOST_DATAPOINTS}.`)
  const ids = new Set<string>()
  for (const { Id: id, MetricStat, Expression } of queries) {
    // [unknown - recommended behaviour] The texts of this function; the rules are those of the API reference.
    if (!ID.test(id)) throw validationError(`Invalid metrics list: the Id '${id}' must match ${ID.source}.`)
    if (ids.has(id)) throw validationError(`Invalid metrics list: the Id '${id}' is not unique.`)
    ids.add(id)
    if (Expression !== undefined)
      throw validationError(`This server has no metric math or SQL: the query '${id}' must have a MetricStat.`)
    if (!MetricStat) throw validationError(`The query '${id}' must have a MetricStat or an Expression.`)
    const { Metric, Stat } = MetricStat
    if (Metric.Namespace === undefined || Metric.MetricName === undefined)
      throw missingParameter(`The query '${id}' must name the Namespace and the MetricName of its metric.`)
    if (!isStatistic(Stat))
      throw validationError(`This server keeps statistics and no single values, so it has no statistic '${Stat}'.`)
  }
}

async function series(
  { store }: CloudWatchContext,
  { query, input, call }: { readonly query: Query; readonly input: Input; readonly call: Call },
): Promise<Series> {
  const { Id: id, MetricStat, Label } = query
  const { Metric = {}, Period = 0, Stat = '', Unit } = MetricStat ?? {}
  const range = timeRange({ ...input, Period })
  if (periodsIn(range) > MOST_DATAPOINTS)
    throw validationError(`The query '${id}' asks for more than ${MOST_DATAPOINTS} data points.`)
  const { Namespace: namespace = '', MetricName: name = '', Dimensions } = Metric
  const metric = { ...scopeOf(call), namespace, name, dimensions: storedDimensions(Dimensions) }
  const periods = await store.metricPeriods({ metric, ...range, ...(Unit !== undefined && { unit: Unit }) })
  const points = periods.map((period) => ({
    time: period.time,
    value: isStatistic(Stat) ? statistic(Stat, period) : Number.NaN,
  }))
  return { id, label: Label ?? name, points: input.ScanBy === 'TimestampAscending' ? points : points.toReversed() }
}

function result({ id, label, points }: Series, isWhole: boolean): object {
  return {
    Id: id,
    Label: label,
    Timestamps: points.map(({ time }) => new Date(time)),
    Values: points.map(({ value }) => value),
    StatusCode: isWhole ? 'Complete' : 'PartialData',
  }
}

/** How many queries are done, and how many data points of the next. */
const TOKEN = /^(\d{1,3})-(\d{1,6})$/

function encodeToken(query: number, points: number): string {
  return Buffer.from(`${query}-${points}`).toString('base64url')
}

function place({ NextToken, MaxDatapoints = MOST_DATAPOINTS }: Input) {
  if (NextToken === undefined) return { start: { query: 0, points: 0 }, left: MaxDatapoints }
  const [, query, points] = TOKEN.exec(Buffer.from(NextToken, 'base64url').toString()) ?? []
  if (query === undefined || points === undefined) throw invalidNextToken()
  return { start: { query: Number(query), points: Number(points) }, left: MaxDatapoints }
}
