import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { interruption } from '../interruption.ts'
import { followJob } from '../job/follow-job.ts'
import { describeJob } from '../job/job-description.ts'
import { LogReader, type LogLine } from '../job/log-reader.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { connect, type Connection } from '../server/connection.ts'
import { withData, withJson } from './common-options.ts'

interface LogsOptions {
  readonly data?: string
  readonly json?: boolean
  readonly follow?: boolean
}

export function addLogs(program: Command, context: CliContext): void {
  withJson(withData(program.command('logs')), 'each line as an object on a line of its own')
    .description('print what a job has written to stdout and stderr')
    .argument('<name>', 'the name of the job')
    .option('-f, --follow', 'go on until the job has ended')
    .action((name: string, options: LogsOptions) => logs(context, name, options))
}

async function logs(context: CliContext, name: string, options: LogsOptions): Promise<void> {
  await using connection = await connect(context, dataFolderOf(context, options.data))
  using interrupted = interruption()
  const { signal } = interrupted
  const printer = linePrinter(context, options.json ?? false)
  try {
    if (options.follow) await follow(context, connection, name, { signal, printer })
    else await printOnce(connection, name, { signal, printer })
  } catch (error) {
    if (!signal.aborted) throw error
    context.exitWith(EXIT_CODES.interrupted.code)
  }
}

interface Printing {
  readonly signal: AbortSignal
  readonly printer: (line: LogLine) => void
}

async function follow(
  { clock }: CliContext,
  { client }: Connection,
  name: string,
  { signal, printer }: Printing,
): Promise<void> {
  for await (const event of followJob(client, name, { clock, signal })) if (event.kind === 'log') printer(event.line)
}

async function printOnce({ client }: Connection, name: string, { signal, printer }: Printing): Promise<void> {
  // A job that does not exist is an error, one without a line is not.
  await describeJob(client, name, signal)
  for (const line of await new LogReader(client, name).read(signal)) printer(line)
}

/** The host stands before a line where there are several. */
function linePrinter({ out }: CliContext, json: boolean): (line: LogLine) => void {
  return ({ host, amongSeveral, time, text }) => {
    if (json) out.lines(JSON.stringify({ host, time, text }))
    else out.lines(amongSeveral ? `${out.styles.blue(host)} ${text}` : text)
  }
}
