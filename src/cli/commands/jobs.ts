import type { Command } from 'commander'
import type { SignedClient } from '../../client/signed-client.ts'
import type { SecondaryStatus, TrainingJobStatus } from '../../lifecycle/status.ts'
import type { CliContext } from '../cli-context.ts'
import { toMilliseconds } from '../job/job-description.ts'
import { toneStyle } from '../job/status-style.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { connect } from '../server/connection.ts'
import { formatDuration, formatTime } from '../terminal/format.ts'
import { table } from '../terminal/table.ts'
import { withData, withJson } from './common-options.ts'

interface JobSummary {
  readonly TrainingJobName: string
  readonly TrainingJobStatus: TrainingJobStatus
  readonly SecondaryStatus?: SecondaryStatus
  readonly CreationTime: number
  readonly TrainingEndTime?: number
}

interface JobsPage {
  readonly TrainingJobSummaries: readonly JobSummary[]
  readonly NextToken?: string
}

export function addJobs(program: Command, context: CliContext): void {
  withJson(withData(program.command('jobs')), 'the jobs')
    .alias('list')
    .description('list all jobs, newest first')
    .action((options: { readonly data?: string; readonly json?: boolean }) => jobs(context, options))
}

async function jobs(context: CliContext, options: { readonly data?: string; readonly json?: boolean }): Promise<void> {
  await using connection = await connect(context, dataFolderOf(context, options.data))
  const summaries = await Array.fromAsync(allJobs(connection.client))
  const { out, err } = context
  if (options.json) return out.lines(JSON.stringify(summaries, undefined, 2))
  if (summaries.length === 0) return err.lines('There are no jobs yet.')
  const columns = [
    { title: 'NAME', flexible: true },
    { title: 'STATUS' },
    { title: 'CREATED' },
    { title: 'TOOK', align: 'right' },
  ] as const
  const now = context.clock.now()
  out.lines(
    ...table(
      columns,
      summaries.map((summary) => row(summary, context, now)),
      out,
    ),
  )
}

async function* allJobs(client: SignedClient): AsyncGenerator<JobSummary> {
  let NextToken: string | undefined
  do {
    const input = { MaxResults: 100, ...(NextToken && { NextToken }) }
    const page = (await client.call('sagemaker', 'ListTrainingJobs', input)) as JobsPage
    yield* page.TrainingJobSummaries
    NextToken = page.NextToken
  } while (NextToken !== undefined)
}

function row(job: JobSummary, { out }: CliContext, now: number): readonly string[] {
  const status = job.SecondaryStatus ?? job.TrainingJobStatus
  const created = toMilliseconds(job.CreationTime)
  const ended = job.TrainingEndTime === undefined ? undefined : toMilliseconds(job.TrainingEndTime)
  const took = `${formatDuration((ended ?? now) - created)}${ended === undefined ? ' so far' : ''}`
  const shown = job.SecondaryStatus ? toneStyle(job.SecondaryStatus, out.styles)(status) : status
  return [job.TrainingJobName, shown, formatTime(created), took]
}
