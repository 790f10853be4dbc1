import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { jobFacts } from '../job/job-facts.ts'
import { jobSummary } from '../job/job-summary.ts'
import { layoutOf } from '../job/watch-job.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { connect } from '../server/connection.ts'
import { withData, withJson } from './common-options.ts'

interface DescribeOptions {
  readonly data?: string
  readonly json?: boolean
}

export function addDescribe(program: Command, context: CliContext): void {
  withJson(withData(program.command('describe')), 'all that is known of the job, its journal included,')
    .description("show a job's record: its way, its metrics, what it asked for in vain")
    .argument('<name>', 'the name of the job')
    .action((name: string, options: DescribeOptions) => describe(context, name, options))
}

async function describe(context: CliContext, name: string, options: DescribeOptions): Promise<void> {
  await using connection = await connect(context, dataFolderOf(context, options.data))
  const { out, clock } = context
  const facts = await jobFacts(connection.client, name)
  if (options.json) return out.lines(JSON.stringify(facts, undefined, 2))
  out.lines(...jobSummary(facts, { ...layoutOf(out), now: clock.now() }))
}
