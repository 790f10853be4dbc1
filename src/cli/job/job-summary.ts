import { formatDuration, formatNumber, formatTime } from '../terminal/format.ts'
import type { Styles } from '../terminal/styles.ts'
import { pad } from '../terminal/width.ts'
import { endOf, toMilliseconds, type JobDescription } from './job-description.ts'
import { modelOf, type JobFacts } from './job-facts.ts'
import { placementLines } from './placement-lines.ts'
import { rehearsalLines } from './rehearsal-lines.ts'
import { statusSign, toneStyle } from './status-style.ts'
import { transitionsTable } from './transitions-table.ts'

export interface SummaryLayout {
  readonly width: number
  readonly styles: Styles
  /** Epoch milliseconds; how long a job that goes on has taken so far. */
  readonly now: number
}

const LABEL_WIDTH = 15

/** All that a person wants to know of a job, for the eye. */
export function jobSummary(facts: JobFacts, layout: SummaryLayout): readonly string[] {
  const { job } = facts
  return [
    headline(job, layout.styles),
    '',
    ...basics(facts, layout),
    ...placed(facts, layout.styles),
    ...reason(job, layout.styles),
    '',
    ...transitionsTable(job, layout),
    ...finalMetrics(job, layout.styles),
    ...rehearsalLines(facts, layout.styles),
    ...notHonoured(facts, layout.styles),
  ]
}

/** What is left to say of a job when its statuses have been told. */
export function jobEnding(job: JobDescription, layout: SummaryLayout): readonly string[] {
  const { styles } = layout
  return ['', ...transitionsTable(job, layout), ...reason(job, styles), ...finalMetrics(job, styles)]
}

function headline(job: JobDescription, styles: Styles): string {
  const secondary = job.SecondaryStatus === job.TrainingJobStatus ? '' : ` · ${job.SecondaryStatus}`
  const status = toneStyle(job.SecondaryStatus, styles)(`${job.TrainingJobStatus}${secondary}`)
  return `${statusSign(job.SecondaryStatus, styles)} ${styles.bold(job.TrainingJobName)}  ${status}`
}

function basics(facts: JobFacts, { styles, now }: SummaryLayout): readonly string[] {
  const { job } = facts
  const created = toMilliseconds(job.CreationTime)
  const ended = job.TrainingEndTime === undefined ? undefined : toMilliseconds(job.TrainingEndTime)
  const model = modelOf(facts)
  const image = job.AlgorithmSpecification?.TrainingImage
  return [
    fact('created', formatTime(created), styles),
    fact(endOf(job) ? 'took' : 'so far', formatDuration((ended ?? now) - created), styles),
    ...(job.TrainingTimeInSeconds === undefined
      ? []
      : [fact('training time', `${job.TrainingTimeInSeconds} s`, styles)]),
    ...(image === undefined ? [] : [fact('image', image, styles)]),
    ...(model === undefined ? [] : [fact('model', model, styles)]),
    fact('arn', job.TrainingJobArn, styles),
  ]
}

function placed({ placement }: JobFacts, styles: Styles): readonly string[] {
  return placement ? placementLines(placement).map(([host, text]) => fact(host, text, styles)) : []
}

function fact(label: string, value: string, styles: Styles): string {
  return `  ${styles.dim(pad(label, LABEL_WIDTH))}${value}`
}

function reason({ FailureReason: text }: JobDescription, styles: Styles): readonly string[] {
  return text === undefined ? [] : ['', styles.red('Failure reason'), ...text.split('\n').map((line) => `  ${line}`)]
}

function finalMetrics({ FinalMetricDataList: list = [] }: JobDescription, styles: Styles): readonly string[] {
  if (list.length === 0) return []
  const width = Math.max(...list.map(({ MetricName: name }) => name.length))
  const lines = list.map(({ MetricName: name, Value: value }) => `  ${pad(name, width)}  ${formatNumber(value)}`)
  return ['', styles.bold('Final metrics'), ...lines]
}

/** What the request asked for and does not get. */
export function notHonoured({ notHonoured: members, unknownMembers }: JobFacts, styles: Styles): readonly string[] {
  const list = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : ['', styles.yellow(title), ...items.map((item) => `  ${item}`)]
  const echoed = members.map(({ member, note }) => `${member}  ${styles.dim(note)}`)
  return [
    ...list('Asked for and shown, but without effect here', echoed),
    ...list('Members that the API does not know, left out', unknownMembers),
  ]
}
