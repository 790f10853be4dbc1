import type { Command } from 'commander'
import { isTerminal } from '../../lifecycle/status.ts'
import type { CliContext } from '../cli-context.ts'
import { describeJob } from '../job/job-description.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { typed } from '../server/typed-command.ts'
import { connect } from '../server/connection.ts'
import { withData, withJson } from './common-options.ts'

interface StopOptions {
  readonly data?: string
  readonly json?: boolean
}

export function addStop(program: Command, context: CliContext): void {
  withJson(withData(program.command('stop')), 'the status of the job')
    .description('ask a job to stop: SIGTERM, a time of grace, then the end; what it has saved is kept')
    .argument('<name>', 'the name of the job')
    .action((name: string, options: StopOptions) => stop(context, name, options))
}

/** Returns when the stop is on record, not when the job has ended. */
async function stop(context: CliContext, name: string, options: StopOptions): Promise<void> {
  const dataFolder = dataFolderOf(context, options.data)
  await using connection = await connect(context, dataFolder)
  const { client } = connection
  await client.call('sagemaker', 'StopTrainingJob', { TrainingJobName: name })
  const { TrainingJobStatus: status, SecondaryStatus: secondary } = await describeJob(client, name)
  const { out } = context
  if (options.json) return out.lines(JSON.stringify({ name, status, secondaryStatus: secondary }))
  out.lines(`${name} is ${status}.`)
  if (!isTerminal(status)) out.lines(`Watch it end with: ${typed(`watch ${name}`, dataFolder)}`)
}
