import { setImmediate as turn } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { JobRecord, Store } from '../../store/store.ts'
import { TRAINING_JOBS_NAMESPACE } from '../../telemetry/namespace.ts'
import { operation } from '../operation.ts'
import type { Call, Operation } from '../operation.ts'
import { BatchGetMetricsRequest } from './inputs.ts'
import type { MetricQuery } from './inputs.ts'
import { jobOfResource } from './job-of.ts'
import { periodMs, seriesOf, seriesOfPeriods } from './series.ts'
import type { Series } from './series.ts'

type Query = Static<typeof MetricQuery>

/** Values that one query looks at; the result of one that has more says `Truncated`. */
const MOST_VALUES = 20_000

interface Result extends Series {
  readonly Status: 'Complete' | 'Truncated' | 'ValidationError'
  readonly Message?: string
}

/**
 * The values that a job has reported, or, of a name under which it has reported none, those that its MetricDefinitions have captured. A query that cannot
 * be answered has its own status and says why; the others are answered.
 */
export function batchGetMetrics({ store }: { readonly store: Store }): Operation {
  return operation({
    access: 'read',
    byJobs: true,
    input: BatchGetMetricsRequest,
    async handle({ MetricQueries }, call) {
      const results: Result[] = []
      for (const query of MetricQueries) {
        results.push(await answer(store, call, query))
        await turn()
      }
      return { MetricQueryResults: results }
    },
  })
}

async function answer(store: Store, call: Call, query: Query): Promise<Result> {
  const job = await jobOfResource(store, call, query.ResourceArn)
  if (!job)
    return refused(`${query.ResourceArn} is no training job of this account and region, or its trial component.`)
  const { MetricName: name, Start: startTime = 0, End: endTime = Infinity } = query
  const values = await store.runMetrics({ jobId: job.id, name, startTime, endTime, limit: MOST_VALUES + 1 })
  if (values.length === 0) return captured(store, job, query)
  const Status = values.length > MOST_VALUES ? 'Truncated' : 'Complete'
  return { Status, ...seriesOf(values.slice(0, MOST_VALUES), query) }
}

/** Kept by the minute, so that they have no steps. */
async function captured(store: Store, job: JobRecord, query: Query): Promise<Result> {
  const { MetricName: name, MetricStat, Period, XAxisType, Start: startTime = 0, End: endTime = Infinity } = query
  const length = periodMs(Period)
  const nothing = { Status: 'Complete', XAxisValues: [], MetricValues: [] } as const
  if (XAxisType !== 'Timestamp' || length === undefined) return nothing
  const { account, region } = job
  const dimensions = [{ name: 'TrainingJobName', value: job.name }]
  const metric = { account, region, namespace: TRAINING_JOBS_NAMESPACE, name, dimensions }
  const start = Math.floor(startTime / length) * length
  const periods = await store.metricPeriods({ metric, startTime: start, endTime, periodMs: length })
  const series = seriesOfPeriods(periods, MetricStat)
  return series
    ? { Status: 'Complete', ...series }
    : refused(`The values of ${name} are kept as statistics of minutes, which do not tell ${MetricStat}.`)
}

function refused(Message: string): Result {
  return { Status: 'ValidationError', Message: Message.slice(0, 2048), XAxisValues: [], MetricValues: [] }
}
