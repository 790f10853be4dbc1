import type { Store } from '../../store/store.ts'
import type { Service } from '../operation.ts'
import { batchGetMetrics } from './batch-get-metrics.ts'
import { batchPutMetrics } from './batch-put-metrics.ts'

/** SageMaker Metrics: what a job reports of itself. Its calls are signed as those of SageMaker are (wire 1, 4). */
export function sagemakerMetricsService(context: { readonly store: Store }): Service {
  return {
    name: 'sagemaker-metrics',
    protocol: 'rest-json',
    scope: 'sagemaker',
    routes: { 'PUT /BatchPutMetrics': 'BatchPutMetrics', 'POST /BatchGetMetrics': 'BatchGetMetrics' },
    operations: { BatchGetMetrics: batchGetMetrics(context), BatchPutMetrics: batchPutMetrics(context) },
  }
}
