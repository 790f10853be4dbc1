import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { jobFacts, modelOf } from '../job/job-facts.ts'
import { jobEnding, notHonoured } from '../job/job-summary.ts'
import { exitCodeOf, layoutOf, watchJob } from '../job/watch-job.ts'
import { interruption } from '../interruption.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { connect, type Connection } from '../server/connection.ts'
import { withData, withJson } from './common-options.ts'

interface WatchCommandOptions {
  readonly data?: string
  readonly json?: boolean
}

export function addWatch(program: Command, context: CliContext): void {
  withJson(withData(program.command('watch')), 'each event on a line of its own')
    .description('follow a job live until it ends; ends with the exit code of the job')
    .argument('<name>', 'the name of the job')
    .action((name: string, options: WatchCommandOptions) => watch(context, name, options))
}

/** Ctrl-C ends the watching, not the job. */
async function watch(context: CliContext, name: string, { data, json = false }: WatchCommandOptions): Promise<void> {
  await using connection = await connect(context, dataFolderOf(context, data))
  using interrupted = interruption()
  const { signal } = interrupted
  try {
    const job = await watchJob(context, connection, name, { json, signal })
    if (!json) await showEnding(context, connection, name)
    context.exitWith(exitCodeOf(job))
  } catch (error) {
    if (!signal.aborted) throw error
    context.err.lines('', `The job ${name} goes on.`)
    context.exitWith(EXIT_CODES.interrupted.code)
  }
}

async function showEnding({ out, clock }: CliContext, { client }: Connection, name: string): Promise<void> {
  const facts = await jobFacts(client, name)
  const model = modelOf(facts)
  out.lines(
    ...jobEnding(facts.job, { ...layoutOf(out), now: clock.now() }),
    ...(model === undefined ? [] : ['', `Model: ${model}`]),
    ...notHonoured(facts, out.styles),
  )
}
