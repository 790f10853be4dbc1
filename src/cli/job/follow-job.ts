import type { SignedClient } from '../../client/signed-client.ts'
import type { JobClock } from '../../clock/clock.ts'
import { describeJob, endOf, toMilliseconds, type JobDescription, type WireTransition } from './job-description.ts'
import { LogReader, type LogLine } from './log-reader.ts'

export type JobEvent =
  /** A status began, or its message changed. */
  | { readonly kind: 'status'; readonly time: number; readonly transition: WireTransition }
  /** A status ended; the next one begins at the same time. */
  | { readonly kind: 'status-end'; readonly time: number; readonly transition: WireTransition }
  | { readonly kind: 'log'; readonly time: number; readonly line: LogLine }
  /** Nothing new, or everything new has been told: time to draw. */
  | { readonly kind: 'tick'; readonly job: JobDescription }
  | { readonly kind: 'end'; readonly job: JobDescription }

/** Milliseconds between two looks; a server on this machine answers in a few. */
const INTERVAL = 250

/**
 * Everything that happens to a job from its creation on, in order, whether it runs or has long ended: what came before is told first.
 * Statuses that come and go between two looks are not missed, because the record keeps them.
 */
export async function* followJob(
  client: SignedClient,
  name: string,
  options: { readonly clock: JobClock; readonly signal?: AbortSignal },
): AsyncGenerator<JobEvent> {
  const { clock, signal } = options
  const logs = new LogReader(client, name)
  let seen: readonly WireTransition[] = []
  for (;;) {
    const job = await describeJob(client, name, signal)
    const transitions = job.SecondaryStatusTransitions ?? []
    const lines = await logs.read(signal)
    yield* inOrder([...lines.map(logEvent), ...newStatuses(seen, transitions)])
    seen = transitions
    if (endOf(job)) return yield { kind: 'end', job }
    yield { kind: 'tick', job }
    await clock.sleep(INTERVAL, signal ? { signal } : {})
  }
}

type TimedEvent = Extract<JobEvent, { readonly time: number }>

function newStatuses(before: readonly WireTransition[], now: readonly WireTransition[]): readonly TimedEvent[] {
  return now.flatMap((transition, at): readonly TimedEvent[] => {
    const old = before[at]
    const time = toMilliseconds(transition.StartTime)
    const began = !old || old.StatusMessage !== transition.StatusMessage
    const ended = transition.EndTime !== undefined && old?.EndTime === undefined
    return [
      ...(began ? [{ kind: 'status', time, transition } as const] : []),
      ...(ended ? [{ kind: 'status-end', time: toMilliseconds(transition.EndTime ?? 0), transition } as const] : []),
    ]
  })
}

function logEvent(line: LogLine): TimedEvent {
  return { kind: 'log', time: line.time, line }
}

/** By time, stably: at the same millisecond a line goes before the end of the status that it was written in, and an end before the next beginning. */
function inOrder(events: readonly TimedEvent[]): readonly TimedEvent[] {
  return events.toSorted((a, b) => a.time - b.time)
}
