import { InvalidArgumentError, Option, type Command } from 'commander'
import { keepCompiled } from '../../data-folder/keep-compiled.ts'
import type { CliContext } from '../cli-context.ts'
import { UsageError } from '../cli-errors.ts'
import type { ClockChoice } from '../server/job-clock.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import type { ServeOptions } from '../server/serve-until.ts'
import type { LogLevel } from '../server/server-log.ts'
import { VERSION } from '../version.ts'
import { parsePort, withData } from './common-options.ts'

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Without --data it is the user's folder. */
type GivenOptions = Omit<ServeOptions, 'data'> & { readonly data?: string }

export function addServe(program: Command, context: CliContext): void {
  withData(program.command('serve'))
    .description('run a server in the foreground')
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <number>', '0 takes a free one, the same again after a restart if it can be had', parsePort, 8484)
    .addOption(
      new Option('--runtime <name>', 'what runs the jobs').choices(['auto', 'process', 'simulated']).default('auto'),
    )
    .option(
      '--clock <time>',
      'job time: real, 60x as fast, or virtual, which only moves when told to',
      parseClock,
      'real',
    )
    .option('--hold', 'accept jobs and start none', false)
    .option('--allow-rehearsals', 'let jobs be broken on purpose by TRAINYARD_REHEARSE', false)
    .addOption(
      new Option('--throttle <rates>', 'answer what comes faster with ThrottlingException').choices(['off', 'aws']),
    )
    .option('--tls-cert <file>', 'serve https with this certificate (PEM)')
    .option('--tls-key <file>', 'the private key of the certificate (PEM)')
    .option('--insecure', 'allow listening beyond this machine without TLS', false)
    .addOption(
      new Option('--log-level <level>', 'debug has a line for each request (default: info, in a terminal warn)')
        .choices(LOG_LEVELS)
        .env('TRAINYARD_LOG_LEVEL'),
    )
    .action((options: GivenOptions) => serve(context, options))
}

/** What of it can be refused is refused here; all that a server consists of is read once it is known where Node's compiled code is kept. */
async function serve(context: CliContext, options: GivenOptions): Promise<void> {
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together: give both, or neither.')
  if (options.clock !== 'real' && options.runtime !== 'simulated')
    throw new UsageError('Jobs that really run take real time: --clock needs --runtime simulated.')
  const stopped = firstSignal()
  const data = dataFolderOf(context, options.data)
  keepCompiled(data, VERSION)
  const { serveUntil } = await import('../server/serve-until.ts')
  await serveUntil(stopped, context, { ...options, data })
}

function parseClock(text: string): ClockChoice {
  const factor = Number(/^(\d{1,6}(?:\.\d{1,3})?)x$/.exec(text)?.[1])
  if (text === 'real' || text === 'virtual') return text
  if (factor > 0) return { factor }
  throw new InvalidArgumentError('Give real, virtual, or a factor such as 60x.')
}

/** Listened for from before the start on: a signal that comes while the server starts ends it as well. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.once(signal, resolve)
  })
}
