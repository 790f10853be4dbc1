import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { describeError } from '../describe-error.ts'
import { ServiceError } from '../../client/client-errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { connect } from '../server/connection.ts'
import { withData, withJson } from './common-options.ts'

interface DeleteOptions {
  readonly data?: string
  readonly json?: boolean
}

export function addDelete(program: Command, context: CliContext): void {
  withJson(withData(program.command('delete')), 'what became of each job')
    .description('delete jobs that have ended: their records go, their logs and artifacts stay')
    .argument('<names...>', 'the names of the jobs')
    .action((names: readonly string[], options: DeleteOptions) => deleteJobs(context, names, options))
}

/** One that cannot be deleted keeps none of the others from it. */
async function deleteJobs(context: CliContext, names: readonly string[], options: DeleteOptions): Promise<void> {
  const dataFolder = dataFolderOf(context, options.data)
  await using connection = await connect(context, dataFolder)
  const { out, err } = context
  const results: { readonly name: string; readonly deleted: boolean; readonly problem?: string }[] = []
  for (const name of names) {
    const problem = await connection.client.call('sagemaker', 'DeleteTrainingJob', { TrainingJobName: name }).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ServiceError) return describeError(error, dataFolder).text
        throw error
      },
    )
    results.push(problem === undefined ? { name, deleted: true } : { name, deleted: false, problem })
    if (options.json) continue
    if (problem === undefined) out.lines(`${name} is deleted.`)
    else err.lines(`${err.styles.red(`${name}:`)} ${problem}`)
  }
  if (options.json) out.lines(JSON.stringify(results, undefined, 2))
  if (results.some(({ deleted }) => !deleted)) context.exitWith(EXIT_CODES.error.code)
}
