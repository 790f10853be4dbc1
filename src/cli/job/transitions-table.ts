import { formatDuration, formatTime } from '../terminal/format.ts'
import type { Styles } from '../terminal/styles.ts'
import { table } from '../terminal/table.ts'
import { toMilliseconds, type JobDescription, type WireTransition } from './job-description.ts'
import { toneStyle } from './status-style.ts'

/** The job's way as the record keeps it: a line for each element of `SecondaryStatusTransitions`. */
export function transitionsTable(
  job: JobDescription,
  layout: { readonly width: number; readonly styles: Styles; readonly now: number },
): readonly string[] {
  const rows = (job.SecondaryStatusTransitions ?? []).map((transition) => row(transition, layout))
  const columns = [
    { title: 'STATUS' },
    { title: 'BEGAN' },
    { title: 'TOOK', align: 'right' },
    { title: 'MESSAGE', flexible: true },
  ] as const
  return table(columns, rows, layout)
}

function row(
  { Status, StartTime, EndTime, StatusMessage = '' }: WireTransition,
  { styles, now }: { readonly styles: Styles; readonly now: number },
): readonly string[] {
  const began = toMilliseconds(StartTime)
  const took = (EndTime === undefined ? now : toMilliseconds(EndTime)) - began
  const isInstant = took === 0
  return [
    toneStyle(Status, styles)(Status),
    formatTime(began, 'milliseconds').slice(11),
    isInstant ? '' : `${formatDuration(took)}${EndTime === undefined ? ' so far' : ''}`,
    StatusMessage,
  ]
}
