import { join } from 'node:path'
import type { Static } from 'typebox'
import { LogReader } from '../../telemetry/log-index.ts'
import { MOST_EVENTS, readPage } from '../../telemetry/log-page.ts'
import type { LogEvent, PageQuery } from '../../telemetry/log-page.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import type { LogsContext } from './context.ts'
import { streamNotFound } from './errors.ts'
import { decodeEventsToken, encodeEventsToken } from './events-token.ts'
import { GetLogEventsRequest } from './inputs.ts'
import { requireLogGroup, scopeOf } from './log-group.ts'

type Input = Static<typeof GetLogEventsRequest>

/**
 * A page of one stream. Both tokens are always there; where nothing follows, the page is empty and the token that was sent comes back, good for what is
 * written later (client-flows 1 and 3).
 */
export function getLogEvents({ store, logsFolder }: LogsContext): Operation {
  return operation({
    access: 'read',
    input: GetLogEventsRequest,
    async handle(input, call) {
      const scope = scopeOf(call)
      await requireLogGroup(store, scope, input)
      const stream = await store.logStream(scope, input.logStreamName)
      if (!stream) throw streamNotFound()
      const query = pageQuery(input)
      await using reader = await LogReader.open(join(logsFolder, stream.file))
      const page = await readPage(reader, query)
      return {
        events: page.events.map(describe),
        nextForwardToken: encodeEventsToken({ from: 'after', offset: page.end }, stream.name),
        nextBackwardToken: encodeEventsToken({ from: 'before', offset: page.start }, stream.name),
      }
    },
  })
}

/** A token says its direction itself; `startFromHead` counts only without one. */
function pageQuery(input: Input): PageQuery {
  const { nextToken, startTime, endTime, startFromHead, limit, logStreamName } = input
  const start = { from: startFromHead ? 'head' : 'tail' } as const
  return {
    position: nextToken === undefined ? start : decodeEventsToken(nextToken, logStreamName),
    limit: limit ?? MOST_EVENTS,
    ...(startTime !== undefined && { startTime }),
    ...(endTime !== undefined && { endTime }),
  }
}

/** A line is there for readers as soon as it is seen: it arrives when it happens. */
function describe({ time, message }: LogEvent): object {
  return { timestamp: time, message, ingestionTime: time }
}
