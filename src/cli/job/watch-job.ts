import type { CliContext } from '../cli-context.ts'
import { exitCodeOfJob, EXIT_CODES } from '../exit-codes.ts'
import type { Connection } from '../server/connection.ts'
import { followJob, type JobEvent } from './follow-job.ts'
import { endOf, type JobDescription } from './job-description.ts'
import { WatchView } from './watch-view.ts'

export interface WatchOptions {
  readonly json?: boolean
  readonly signal?: AbortSignal
  /** In place of one of its own, so that the caller can put remarks between the lines. */
  readonly view?: WatchView
}

/**
 * Shows a job live until it has ended; as JSON lines with `json`, an event each.
 *
 * @returns the job as it ended. @throws the signal's reason as soon as it aborts
 */
export async function watchJob(
  { clock, out }: Pick<CliContext, 'clock' | 'out'>,
  { client }: Connection,
  name: string,
  options: WatchOptions = {},
): Promise<JobDescription> {
  const { json = false, signal, view = new WatchView({ out, now: () => clock.now() }) } = options
  try {
    for await (const event of followJob(client, name, { clock, ...(signal ? { signal } : {}) })) {
      if (json) out.lines(...jsonEvent(event))
      else view.show(event)
      if (event.kind === 'end') return event.job
    }
  } finally {
    view.close()
  }
  throw new TypeError('A job is followed until it ends')
}

export function layoutOf({ width, styles }: CliContext['out']): Pick<CliContext['out'], 'width' | 'styles'> {
  return { width, styles }
}

/** What a command that waited for this job ends with. */
export function exitCodeOf(job: JobDescription): number {
  const end = endOf(job)
  return end === undefined ? EXIT_CODES.error.code : exitCodeOfJob(end)
}

/** Times in epoch milliseconds, a whole job at the end. */
function jsonEvent(event: JobEvent): readonly string[] {
  if (event.kind === 'tick' || event.kind === 'status-end') return []
  if (event.kind === 'end') return [JSON.stringify({ kind: 'end', job: event.job })]
  const { kind, time } = event
  if (kind === 'log') return [JSON.stringify({ kind, time, host: event.line.host, text: event.line.text })]
  const { Status: status, StatusMessage: message } = event.transition
  return [JSON.stringify({ kind, time, status, message })]
}
