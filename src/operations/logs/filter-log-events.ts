import { join } from 'node:path'
import type { Static } from 'typebox'
import type { LogStreamRecord, Scope } from '../../store/store.ts'
import { LogMerge } from '../../telemetry/log-merge.ts'
import type { MergedEvent, MergePlace, MergeQuery } from '../../telemetry/log-merge.ts'
import { MOST_EVENTS, PageBuilder } from '../../telemetry/log-page.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import type { LogsContext } from './context.ts'
import { invalidParameter, streamNotFound } from './errors.ts'
import { eventId } from './event-id.ts'
import { messageFilter } from './filter-pattern.ts'
import type { MessageFilter } from './filter-pattern.ts'
import { decodeFilterToken, encodeFilterToken } from './filter-token.ts'
import { FilterLogEventsRequest } from './inputs.ts'
import { requireLogGroup, scopeOf, streamsOf } from './log-group.ts'

type Input = Static<typeof FilterLogEventsRequest>

/** A call looks through so much text at most and then answers with what it has, and a token: "a returned page might be empty" (API reference). */
const MOST_SEARCHED = 16 * 2 ** 20
/** The end of a job and the last line of its log are told apart by no more than this. */
const END_SLACK_MS = 60_000

/**
 * The events of several streams in the order of their times, those that match a pattern. `interleaved` has been without effect since 2019 (API
 * reference). A token is given only where there may be more, so that a client that reads until there is none comes to an end (client-flows 6).
 */
export function filterLogEvents(context: LogsContext): Operation {
  return operation({
    access: 'read',
    input: FilterLogEventsRequest,
    async handle(input, call) {
      const scope = scopeOf(call)
      refuseDescending(input)
      const matches = messageFilter(input.filterPattern ?? '')
      const after = input.nextToken === undefined ? undefined : decodeFilterToken(input.nextToken, input)
      await requireLogGroup(context.store, scope, input)
      const merge = new LogMerge(await streams(context, scope, input, after), mergeQuery(input, after))
      const page = await collect(merge, { matches, limit: input.limit ?? MOST_EVENTS, signal: call.signal })
      return {
        events: page.events.map((event) => describe(event, scope)),
        // "As of May 15, 2020, this operation returns an empty list" (API reference).
        searchedLogStreams: [],
        ...(page.next && { nextToken: encodeFilterToken(page.next, input) }),
      }
    },
  })
}

function refuseDescending({ startFromHead, nextToken }: Input): void {
  if (startFromHead === false && nextToken === undefined)
    throw invalidParameter('This server returns the earliest events first; startFromHead cannot be false.')
}

async function streams(context: LogsContext, scope: Scope, input: Input, after: MergePlace | undefined) {
  const { logStreamNames: names, logStreamNamePrefix: prefix = '' } = input
  const found: LogStreamRecord[] = []
  if (names === undefined) {
    const from = after?.time ?? input.startTime ?? 0
    for await (const stream of streamsOf(context.store, scope, { prefix, activeSince: from - END_SLACK_MS }))
      found.push(stream)
  } else {
    if (input.logStreamNamePrefix !== undefined)
      // [unknown - recommended behaviour] The text; the API reference has the code.
      throw invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.')
    for (const name of new Set(names)) {
      const stream = await context.store.logStream(scope, name)
      if (!stream) throw streamNotFound()
      found.push(stream)
    }
  }
  return found.map(({ name, file, creationTime }) => ({ name, creationTime, path: join(context.logsFolder, file) }))
}

/** "Events with a timestamp later than this time are not returned": the end is inclusive here (API reference). */
function mergeQuery({ startTime = 0, endTime = Infinity }: Input, after: MergePlace | undefined): MergeQuery {
  return { startTime, endTime: endTime + 1, ...(after && { after }) }
}

interface Wanted {
  readonly matches: MessageFilter
  readonly limit: number
  readonly signal: AbortSignal
}

interface FilteredPage {
  readonly events: readonly MergedEvent[]
  /** The last event that was looked at, where there may be more. */
  readonly next?: MergePlace
}

async function collect(merge: LogMerge, { matches, limit, signal }: Wanted): Promise<FilteredPage> {
  const page = new PageBuilder<MergedEvent>(limit)
  let last: MergePlace | undefined
  let searched = 0
  for (let events = await merge.next(); events.length > 0; events = await merge.next()) {
    signal.throwIfAborted()
    for (const event of events) {
      if (matches(event.message) && !page.add(event)) return { events: page.events, ...(last && { next: last }) }
      last = event
      searched += event.message.length
    }
    if (searched > MOST_SEARCHED && last) return { events: page.events, next: last }
  }
  return { events: page.events }
}

function describe({ stream, time, message, end }: MergedEvent, scope: Scope): object {
  const id = eventId({ ...scope, stream, time, end })
  return { logStreamName: stream, timestamp: time, message, ingestionTime: time, eventId: id }
}
