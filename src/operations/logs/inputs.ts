import { Type } from 'typebox'

/** `DescribeLimit` of the Logs API. */
export const MOST_STREAMS = 50

const limit = Type.Integer({ minimum: 1, maximum: MOST_STREAMS })
const nextToken = Type.String({ minLength: 1 })
const time = Type.Integer({ minimum: 0 })
const logGroupName = Type.String({ minLength: 1, maxLength: 512, pattern: '^[\\.\\-_/#A-Za-z0-9]+$' })
const logGroupIdentifier = Type.String({ minLength: 1, maxLength: 2048, pattern: '^[\\w#+=/:,.@-]*$' })
const logStreamName = Type.String({ minLength: 1, maxLength: 512, pattern: '^[^:*]*$' })

export const DescribeLogGroupsInput = Type.Object({
  accountIdentifiers: Type.Optional(
    Type.Array(Type.String({ minLength: 12, maxLength: 12, pattern: '^\\d{12}$' }), { minItems: 0, maxItems: 20 }),
  ),
  logGroupNamePrefix: Type.Optional(logGroupName),
  logGroupNamePattern: Type.Optional(Type.String({ minLength: 0, maxLength: 512, pattern: '^[\\.\\-_/#A-Za-z0-9]*$' })),
  nextToken: Type.Optional(nextToken),
  limit: Type.Optional(limit),
  includeLinkedAccounts: Type.Optional(Type.Boolean()),
  logGroupClass: Type.Optional(Type.Enum(['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'])),
  logGroupIdentifiers: Type.Optional(Type.Array(logGroupIdentifier, { minItems: 1, maxItems: 50 })),
})

export const DescribeLogStreamsInput = Type.Object({
  logGroupName: Type.Optional(logGroupName),
  logGroupIdentifier: Type.Optional(logGroupIdentifier),
  logStreamNamePrefix: Type.Optional(logStreamName),
  orderBy: Type.Optional(Type.Enum(['LogStreamName', 'LastEventTime'])),
  descending: Type.Optional(Type.Boolean()),
  nextToken: Type.Optional(nextToken),
  limit: Type.Optional(limit),
})

export const GetLogEventsInput = Type.Object({
  logGroupName: Type.Optional(logGroupName),
  logGroupIdentifier: Type.Optional(logGroupIdentifier),
  logStreamName,
  startTime: Type.Optional(time),
  endTime: Type.Optional(time),
  nextToken: Type.Optional(nextToken),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  startFromHead: Type.Optional(Type.Boolean()),
  unmask: Type.Optional(Type.Boolean()),
})
