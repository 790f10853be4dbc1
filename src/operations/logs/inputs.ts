import { choice, flag, integer, list, long, optional, structure, text } from '../../protocol/shapes/declare.ts'

const AccountId = text({ min: 12, max: 12, pattern: '^\\d{12}$' })
const DescribeLimit = integer({ min: 1, max: 50 })
const EventsLimit = integer({ min: 1, max: 10_000 })
const LogGroupClass = choice(['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'])
const LogGroupIdentifier = text({ min: 1, max: 2048, pattern: '[\\w#+=/:,.@-]*' })
const LogGroupName = text({ min: 1, max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]+' })
const LogGroupNamePattern = text({ min: 0, max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]*' })
const LogStreamName = text({ min: 1, max: 512, pattern: '[^:*]*' })
const NextToken = text({ min: 1 })
const OrderBy = choice(['LogStreamName', 'LastEventTime'])
const Timestamp = long({ min: 0 })

export const DescribeLogGroupsRequest = structure({
  accountIdentifiers: optional(list(AccountId, { min: 0, max: 20 })),
  logGroupNamePrefix: optional(LogGroupName),
  logGroupNamePattern: optional(LogGroupNamePattern),
  nextToken: optional(NextToken),
  limit: optional(DescribeLimit),
  includeLinkedAccounts: optional(flag()),
  logGroupClass: optional(LogGroupClass),
  logGroupIdentifiers: optional(list(LogGroupIdentifier, { min: 1, max: 50 })),
})

export const DescribeLogStreamsRequest = structure({
  logGroupName: optional(LogGroupName),
  logGroupIdentifier: optional(LogGroupIdentifier),
  logStreamNamePrefix: optional(LogStreamName),
  orderBy: optional(OrderBy),
  descending: optional(flag()),
  nextToken: optional(NextToken),
  limit: optional(DescribeLimit),
})

export const FilterLogEventsRequest = structure({
  logGroupName: optional(LogGroupName),
  logGroupIdentifier: optional(LogGroupIdentifier),
  logStreamNames: optional(list(LogStreamName, { min: 1, max: 100 })),
  logStreamNamePrefix: optional(LogStreamName),
  startTime: optional(Timestamp),
  endTime: optional(Timestamp),
  filterPattern: optional(text({ min: 0, max: 1024 })),
  nextToken: optional(NextToken),
  limit: optional(EventsLimit),
  startFromHead: optional(flag()),
  interleaved: optional(flag()),
  unmask: optional(flag()),
})

export const GetLogEventsRequest = structure({
  logGroupName: optional(LogGroupName),
  logGroupIdentifier: optional(LogGroupIdentifier),
  logStreamName: LogStreamName,
  startTime: optional(Timestamp),
  endTime: optional(Timestamp),
  nextToken: optional(NextToken),
  limit: optional(EventsLimit),
  startFromHead: optional(flag()),
  unmask: optional(flag()),
})

export const StartLiveTailRequest = structure({
  logGroupIdentifiers: list(LogGroupIdentifier, { min: 1, max: 10 }),
  logStreamNames: optional(list(LogStreamName, { min: 1, max: 100 })),
  logStreamNamePrefixes: optional(list(LogStreamName, { min: 1, max: 100 })),
  logEventFilterPattern: optional(text({ min: 0, max: 1024 })),
})
