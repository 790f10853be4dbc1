import type { ReportedInjection, ReportedSignal } from '../../rehearsal/report.ts'
import type { Resumption } from '../../rehearsal/resumption.ts'
import { formatDuration, formatTime } from '../terminal/format.ts'
import type { Styles } from '../terminal/styles.ts'
import type { JobFacts } from './job-facts.ts'

/** What was broken on purpose, and what came of it; nothing for a job without a rehearsal. */
export function rehearsalLines({ rehearsal }: JobFacts, styles: Styles): readonly string[] {
  if (!rehearsal) return []
  const { injections, signals, resumptions } = rehearsal
  return [
    '',
    styles.bold('Rehearsal'),
    ...injections.flatMap((injection) => injected(injection, styles)),
    ...signals.map(signalled),
    ...resumptions.map(resumed),
  ]
}

function injected({ text, made }: ReportedInjection, styles: Styles): readonly string[] {
  if (made.length === 0) return [`  ${text}  ${styles.dim('not injected')}`]
  return made.map(
    ({ time, attempt, stage }) => `  ${text}  ${styles.dim(`at ${formatTime(time)}, ${stage}, attempt ${attempt}`)}`,
  )
}

function signalled({ host, attempt, answered, withheld, tookMs }: ReportedSignal): string {
  const took = formatDuration(tookMs)
  if (withheld) return `  SIGTERM was withheld from ${host} of attempt ${attempt}, which ended after ${took}`
  return answered
    ? `  SIGTERM was answered by ${host} of attempt ${attempt} in ${took}`
    : `  SIGTERM was not answered by ${host} of attempt ${attempt}: killed after ${took}`
}

function resumed({ attempt, metric, lastStep, resumedFrom, lostMs }: Resumption): string {
  if (resumedFrom === undefined || lastStep === undefined)
    return `  Of attempt ${attempt} it is not known where the next went on: ${metric} was not logged in both`
  const lost =
    lostMs === undefined || lostMs === 0 ? 'nothing was done again' : `${formatDuration(lostMs)} of training done again`
  return `  Attempt ${attempt} came to ${metric} ${lastStep}, attempt ${attempt + 1} went on from ${resumedFrom}: ${lost}`
}
