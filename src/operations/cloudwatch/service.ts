import type { Service } from '../operation.ts'
import type { CloudWatchContext } from './context.ts'
import { QUERY_ERRORS } from './errors.ts'
import { getMetricData } from './get-metric-data.ts'
import { getMetricStatistics } from './get-metric-statistics.ts'
import { listMetrics } from './list-metrics.ts'
import { putMetricData } from './put-metric-data.ts'

const TARGET = 'GraniteServiceVersion20100801'

/** CloudWatch metrics: the same operations in the three protocols that clients speak (wire 4). */
export function cloudWatchServices(context: CloudWatchContext): readonly Service[] {
  const name = 'monitoring'
  const operations = {
    GetMetricData: getMetricData(context),
    GetMetricStatistics: getMetricStatistics(context),
    ListMetrics: listMetrics(context),
    PutMetricData: putMetricData(context),
  }
  return [
    {
      name,
      protocol: 'json',
      targetPrefix: TARGET,
      jsonVersion: '1.0',
      errorMember: 'message',
      validationCode: 'ValidationError',
      queryErrors: QUERY_ERRORS,
      operations,
    },
    { name, protocol: 'cbor', target: TARGET, queryErrors: QUERY_ERRORS, operations },
    {
      name,
      protocol: 'query',
      version: '2010-08-01',
      xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
      operations,
    },
  ]
}
