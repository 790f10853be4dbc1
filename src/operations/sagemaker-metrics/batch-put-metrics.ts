import type { Static } from 'typebox'
import type { RunMetricValue } from '../../store/metric-store.ts'
import type { Store } from '../../store/store.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import { BatchPutMetricsRequest } from './inputs.ts'
import { jobOfComponent } from './job-of.ts'

type Datum = Static<typeof BatchPutMetricsRequest>['MetricData'][number]

/** Of one job: a hundred metrics of a thousand steps each. AWS has a bound and does not say which. */
const MOST_VALUES = 100_000

/** Keeps values that a job reports of itself. What cannot be kept is named by its place in the request; the rest is kept. */
export function batchPutMetrics({ store }: { readonly store: Store }): Operation {
  return operation({
    access: 'write',
    byJobs: true,
    input: BatchPutMetricsRequest,
    async handle({ TrialComponentName, MetricData }, call) {
      const job = await jobOfComponent(store, call, TrialComponentName)
      const indexed = MetricData.map((datum, index) => ({ datum, index }))
      const [good, bad] = [indexed.filter(({ datum }) => isGood(datum)), indexed.filter(({ datum }) => !isGood(datum))]
      const kept = await store.putRunMetrics(
        job.id,
        good.map(({ datum }) => valueOf(datum)),
        MOST_VALUES,
      )
      const errors = [
        ...bad.map(({ index }) => ({ Code: 'VALIDATION_ERROR', MetricIndex: index })),
        ...good.slice(kept).map(({ index }) => ({ Code: 'METRIC_LIMIT_EXCEEDED', MetricIndex: index })),
      ]
      return errors.length > 0 ? { Errors: errors } : {}
    },
  })
}

function isGood({ Timestamp, Value }: Datum): boolean {
  return Number.isFinite(Value) && Timestamp >= 0 && Number.isSafeInteger(Math.floor(Timestamp * 1000))
}

function valueOf({ MetricName: name, Timestamp, Step, Value: value }: Datum): RunMetricValue {
  return { name, time: Math.floor(Timestamp * 1000), value, ...(Step !== undefined && { step: Step }) }
}
