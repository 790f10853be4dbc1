import { InvalidArgumentError, Option, type Command } from 'commander'
import { pino } from 'pino'
import type { ServerFacts } from '../../app.ts'
import { keepCompiled } from '../../data-folder/keep-compiled.ts'
import type { CliContext } from '../cli-context.ts'
import { UsageError } from '../cli-errors.ts'
import type { ClockChoice, ServerClock } from '../server/job-clock.ts'
import { dataFolderOf, dataOption } from '../server/connection.ts'
import { pad } from '../terminal/width.ts'
import { VERSION } from '../version.ts'
import { parsePort, withData } from './common-options.ts'

interface ServeOptions {
  readonly data?: string
  readonly host: string
  readonly port: number
  readonly runtime: 'auto' | 'process' | 'simulated'
  readonly clock: ClockChoice
  readonly hold: boolean
  readonly allowRehearsals: boolean
  readonly throttle?: 'off' | 'aws'
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly insecure: boolean
  readonly logLevel?: LogLevel
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
type LogLevel = (typeof LOG_LEVELS)[number]

const LOG_LINES_KEPT_BYTES = 2 ** 20
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

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
    .action((options: ServeOptions) => serve(context, options))
}

/** Serves until SIGTERM or SIGINT; jobs then go on, and the next start finds them again. */
async function serve(context: CliContext, options: ServeOptions): Promise<void> {
  const { out, environment } = context
  const { tlsCert: certFile, tlsKey: keyFile, data: _data, logLevel, clock: choice, ...asked } = options
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together: give both, or neither.')
  if (choice !== 'real' && asked.runtime !== 'simulated')
    throw new UsageError('Jobs that really run take real time: --clock needs --runtime simulated.')
  const data = dataFolderOf(context, options.data)
  const log = serverLog(logLevel ?? (out.isTerminal ? 'warn' : 'info'))
  const tls = certFile !== undefined && keyFile !== undefined ? { tls: { certFile, keyFile } } : {}
  const stopped = firstSignal()
  keepCompiled(data, VERSION)
  const { startApp } = await import('../../app.ts')
  const time = await serverClock(context, choice, data)
  const listening = (server: ServerFacts) => {
    if (out.isTerminal) out.lines(...greeting(server, data, context))
    else log.info({ url: server.url, data, runtime: server.runtime, version: VERSION, pid: process.pid }, 'listening')
  }
  const app = await startApp({ ...asked, data, ...tls, environment, ...time, log, listening })
  const signal = await stopped
  if (out.isTerminal) out.lines('', 'Stopping; jobs go on, and the next start finds them again.')
  await time.keep?.(time.clock.now())
  await app.close()
  log.info({ signal }, 'stopped')
}

/** Loaded only where it is asked for. */
async function serverClock({ clock }: CliContext, choice: ClockChoice, data: string): Promise<ServerClock> {
  if (choice === 'real') return { clock }
  const { openServerClock } = await import('../server/job-clock.ts')
  return openServerClock(choice, data)
}

function parseClock(text: string): ClockChoice {
  const factor = Number(/^(\d{1,6}(?:\.\d{1,3})?)x$/.exec(text)?.[1])
  if (text === 'real' || text === 'virtual') return text
  if (factor > 0) return { factor }
  throw new InvalidArgumentError('Give real, virtual, or a factor such as 60x.')
}

/** A JSON object a line. A disk or a reader that takes no more of them must not end the server: such lines are kept up to a bound, then dropped. */
function serverLog(level: LogLevel) {
  const lines = pino.destination({ dest: 1, sync: true, maxLength: LOG_LINES_KEPT_BYTES })
  lines.on('error', () => {})
  return pino({ level, base: null }, lines)
}

/** Listened for from before the start on: a signal that comes while the server starts ends it as well. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.once(signal, resolve)
  })
}

function greeting(app: ServerFacts, data: string, { out }: CliContext): readonly string[] {
  const { styles } = out
  const fact = (label: string, value: string) => `${styles.dim(pad(label, 10))}${value}`
  const option = dataOption(data)
  return [
    '',
    `${styles.bold('Trainyard')} ${VERSION} listens on ${styles.green(app.url)}`,
    '',
    fact('data', data),
    fact('account', `${app.account}, ${app.region}`),
    fact('bucket', app.defaultBucket),
    fact('runtime', app.runtime),
    '',
    `Point a shell at it:   ${styles.cyan(`eval "$(trainyard env${option})"`)}`,
    `Run a script on it:    ${styles.cyan(`trainyard run train.py${option}`)}`,
    `Stop it:               Ctrl-C; jobs go on, and the next start finds them again`,
    '',
  ]
}
