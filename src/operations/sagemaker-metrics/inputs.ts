import {
  choice,
  double,
  integer,
  list,
  long,
  optional,
  structure,
  text,
  timestamp,
} from '../../protocol/shapes/declare.ts'

const MetricName = text({ min: 1, max: 255, pattern: '.+' })

const RawMetricData = structure({
  MetricName,
  Timestamp: timestamp(),
  Step: optional(integer({ min: 0 })),
  Value: double(),
})

export const MetricQuery = structure({
  MetricName,
  ResourceArn: text({ max: 2048, pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:[a-z\\-].*/.*' }),
  MetricStat: choice(['Min', 'Max', 'Avg', 'Count', 'StdDev', 'Last']),
  Period: choice(['OneMinute', 'FiveMinute', 'OneHour', 'IterationNumber']),
  XAxisType: choice(['IterationNumber', 'Timestamp']),
  Start: optional(long()),
  End: optional(long()),
})

export const BatchPutMetricsRequest = structure({
  TrialComponentName: text({ min: 1, max: 120, pattern: '^[a-z0-9](-*[a-z0-9]){0,119}' }),
  MetricData: list(RawMetricData, { min: 1, max: 10 }),
})

export const BatchGetMetricsRequest = structure({
  MetricQueries: list(MetricQuery, { min: 1, max: 100 }),
})
