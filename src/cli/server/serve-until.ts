import { startApp, type ServerFacts } from '../../app.ts'
import type { CliContext } from '../cli-context.ts'
import { pad } from '../terminal/width.ts'
import { VERSION } from '../version.ts'
import type { ClockChoice, ServerClock } from './job-clock.ts'
import { serverLog, type LogLevel } from './server-log.ts'
import { typed } from './typed-command.ts'

/** What the command line asks of a server. */
export interface ServeOptions {
  /** The data folder. */
  readonly data: string
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

/** Serves until it is told to stop; jobs then go on, and the next start finds them again. */
export async function serveUntil(
  stopped: Promise<NodeJS.Signals>,
  context: CliContext,
  options: ServeOptions,
): Promise<void> {
  const { out, environment } = context
  const { tlsCert: certFile, tlsKey: keyFile, logLevel, clock: choice, ...asked } = options
  const { data } = asked
  const log = serverLog({ level: logLevel ?? (out.isTerminal ? 'warn' : 'info'), output: out, descriptor: 1 })
  const tls = certFile !== undefined && keyFile !== undefined ? { tls: { certFile, keyFile } } : {}
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
  const { openServerClock } = await import('./job-clock.ts')
  return openServerClock(choice, data)
}

function greeting(app: ServerFacts, data: string, { out }: CliContext): readonly string[] {
  const { styles } = out
  const fact = (label: string, value: string) => `${styles.dim(pad(label, 10))}${value}`
  return [
    '',
    `${styles.bold('Trainyard')} ${VERSION} listens on ${styles.green(app.url)}`,
    '',
    fact('data', data),
    fact('account', `${app.account}, ${app.region}`),
    fact('bucket', app.defaultBucket),
    fact('runtime', app.runtime),
    '',
    `Point a shell at it:   ${styles.cyan(`eval "$(${typed('env', data)})"`)}`,
    `Run a script on it:    ${styles.cyan(typed('run train.py', data))}`,
    `Stop it:               Ctrl-C; jobs go on, and the next start finds them again`,
    '',
  ]
}
