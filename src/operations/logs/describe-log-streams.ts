import type { Static } from 'typebox'
import type { LogStreamRecord, Scope, Store } from '../../store/store.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import type { LogsContext } from './context.ts'
import { invalidParameter } from './errors.ts'
import { DescribeLogStreamsRequest } from './inputs.ts'
import { logGroupArn, requireLogGroup, scopeOf, streamsOf } from './log-group.ts'
import { decodeStreamsToken, encodeStreamsToken } from './streams-token.ts'
import type { StreamsPlace } from './streams-token.ts'
import type { EventTimes, StreamTimes } from './stream-times.ts'

type Input = Static<typeof DescribeLogStreamsRequest>

/** "If you don't specify a value, the default is up to 50 items" (CloudWatch Logs API reference). */
const DEFAULT_LIMIT = 50

interface Query {
  readonly store: Store
  readonly scope: Scope
  readonly input: Input
  readonly times: StreamTimes
  /** The last stream of the page before. */
  readonly after: StreamsPlace | undefined
  /** One more than the page holds, so that a token is only given out when more streams match (client-flows 1). */
  readonly limit: number
}

/** A stream, and the time by which it is ordered where the order is that of the last event. */
interface Found {
  readonly stream: LogStreamRecord
  readonly time?: number
}

/** Lists streams by name or by the time of their last event. */
export function describeLogStreams({ store }: LogsContext, times: StreamTimes): Operation {
  return operation({
    access: 'read',
    input: DescribeLogStreamsRequest,
    async handle(input, call) {
      const scope = scopeOf(call)
      await requireLogGroup(store, scope, input)
      // [unknown - recommended behaviour] The text; the API reference says that the two exclude each other.
      if (input.orderBy === 'LastEventTime' && input.logStreamNamePrefix !== undefined)
        throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
      const after = input.nextToken === undefined ? undefined : decodeStreamsToken(input.nextToken, input)
      const limit = input.limit ?? DEFAULT_LIMIT
      const query = { store, scope, input, times, after, limit: limit + 1 }
      const found = await (input.orderBy === 'LastEventTime' ? byLastEvent(query) : byName(query))
      const page = found.slice(0, limit)
      const last = found.length > limit ? page.at(-1) : undefined
      return {
        logStreams: await Promise.all(
          page.map(async ({ stream }) => describe(scope, stream, await times.of(stream.file))),
        ),
        ...(last && { nextToken: encodeStreamsToken({ name: last.stream.name, time: last.time ?? 0 }, input) }),
      }
    },
  })
}

async function byName({ store, scope, input, after, limit }: Query): Promise<readonly Found[]> {
  const streams = await store.logStreams({
    ...scope,
    prefix: input.logStreamNamePrefix ?? '',
    descending: input.descending ?? false,
    limit,
    ...(after && { after: after.name }),
  })
  return streams.map((stream) => ({ stream }))
}

/** No table holds the time of the last event, which changes with every line: all streams of the account and region are looked at. */
async function byLastEvent({ store, scope, input, times, after, limit }: Query): Promise<readonly Found[]> {
  const direction = input.descending ? -1 : 1
  const compare = (a: StreamsPlace, b: StreamsPlace): number =>
    direction * (a.time - b.time || (a.name < b.name ? -1 : Number(a.name > b.name)))
  const found: { readonly stream: LogStreamRecord; readonly name: string; readonly time: number }[] = []
  for await (const stream of streamsOf(store, scope)) {
    const { last: time = 0 } = await times.of(stream.file)
    const place = { stream, name: stream.name, time }
    if (!after || compare(place, after) > 0) found.push(place)
  }
  return found.sort(compare).slice(0, limit)
}

function describe(scope: Scope, { name, creationTime }: LogStreamRecord, { first, last }: EventTimes): object {
  return {
    logStreamName: name,
    creationTime,
    ...(first !== undefined && { firstEventTimestamp: first }),
    ...(last !== undefined && { lastEventTimestamp: last, lastIngestionTime: last }),
    arn: `${logGroupArn(scope)}:log-stream:${name}`,
    // Always 0 since 2019 (CloudWatch Logs API reference).
    storedBytes: 0,
  }
}
