import {
  choice,
  double,
  flag,
  integer,
  list,
  map,
  optional,
  structure,
  text,
  timestamp,
} from '../../protocol/shapes/declare.ts'

const AccountId = text({ min: 1, max: 255 })
const MetricName = text({ min: 1, max: 255 })
const MetricLabel = text()
const Namespace = text({ min: 1, max: 255, pattern: '[^:].*' })
const NextToken = text()
const Period = integer({ min: 1 })
const DimensionName = text({ min: 1, max: 255 })
const DimensionValue = text({ min: 1, max: 1024 })
const Dimensions = list(structure({ Name: DimensionName, Value: DimensionValue }), { max: 30 })

export const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const

const Statistic = choice(STATISTICS)

// Written as the API reference has it: units a second for each unit of amount.
const StandardUnit = choice([
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
  'Percent',
  'Count',
  'Bytes/Second',
  'Kilobytes/Second',
  'Megabytes/Second',
  'Gigabytes/Second',
  'Terabytes/Second',
  'Bits/Second',
  'Kilobits/Second',
  'Megabits/Second',
  'Gigabits/Second',
  'Terabits/Second',
  'Count/Second',
  'None',
])

const Metric = structure({
  Namespace: optional(Namespace),
  MetricName: optional(MetricName),
  Dimensions: optional(Dimensions),
})

const MetricStat = structure({ Metric, Period, Stat: text(), Unit: optional(StandardUnit) })

export const MetricDataQuery = structure({
  Id: text({ min: 1, max: 255 }),
  MetricStat: optional(MetricStat),
  Expression: optional(text({ min: 1, max: 2048 })),
  Label: optional(MetricLabel),
  ReturnData: optional(flag()),
  Period: optional(Period),
  AccountId: optional(AccountId),
})

const StatisticSet = structure({ SampleCount: double(), Sum: double(), Minimum: double(), Maximum: double() })

export const MetricDatum = structure({
  MetricName,
  Dimensions: optional(Dimensions),
  Timestamp: optional(timestamp()),
  Value: optional(double()),
  StatisticValues: optional(StatisticSet),
  Values: optional(list(double())),
  Counts: optional(list(double())),
  Unit: optional(StandardUnit),
  StorageResolution: optional(integer({ min: 1 })),
})

const Entity = structure({
  KeyAttributes: optional(map(text({ min: 1, max: 32 }), text({ min: 1, max: 2048 }), { min: 2, max: 4 })),
  Attributes: optional(map(text({ min: 1, max: 256 }), text({ min: 1, max: 2048 }), { min: 0, max: 10 })),
})

export const ListMetricsInput = structure({
  Namespace: optional(Namespace),
  MetricName: optional(MetricName),
  Dimensions: optional(list(structure({ Name: DimensionName, Value: optional(DimensionValue) }), { max: 10 })),
  NextToken: optional(NextToken),
  RecentlyActive: optional(choice(['PT3H'])),
  IncludeLinkedAccounts: optional(flag()),
  OwningAccount: optional(AccountId),
})

export const GetMetricStatisticsInput = structure({
  Namespace,
  MetricName,
  Dimensions: optional(Dimensions),
  StartTime: timestamp(),
  EndTime: timestamp(),
  Period,
  Statistics: optional(list(Statistic, { min: 1, max: 5 })),
  ExtendedStatistics: optional(list(text(), { min: 1, max: 10 })),
  Unit: optional(StandardUnit),
})

export const GetMetricDataInput = structure({
  MetricDataQueries: list(MetricDataQuery),
  StartTime: timestamp(),
  EndTime: timestamp(),
  NextToken: optional(NextToken),
  ScanBy: optional(choice(['TimestampDescending', 'TimestampAscending'])),
  MaxDatapoints: optional(integer()),
  LabelOptions: optional(structure({ Timezone: optional(text()) })),
})

export const PutMetricDataInput = structure({
  Namespace,
  MetricData: optional(list(MetricDatum)),
  EntityMetricData: optional(list(structure({ Entity: optional(Entity), MetricData: optional(list(MetricDatum)) }))),
  StrictEntityValidation: optional(flag()),
})
