import type { Logger } from 'pino'
import { startApp, type App, type ServerFacts } from '../../app.ts'
import type { FolderUser } from '../../data-folder/data-folder-error.ts'
import type { CliContext } from '../cli-context.ts'
import { pad } from '../terminal/width.ts'
import { VERSION } from '../version.ts'
import type { ClockChoice, ServerClock } from './job-clock.ts'
import { onceSettled } from './once-settled.ts'
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
  const startServer = () => startApp({ ...asked, data, ...tls, environment, ...time, log, listening })
  const app = await onceFree(context, { data, log, stopped }, startServer)
  const signal = await stopped
  if (!app) return
  if (out.isTerminal) out.lines('', 'Stopping; jobs go on, and the next start finds them again.')
  await time.keep?.(time.clock.now())
  await app.close()
  log.info({ signal }, 'stopped')
}

/**
 * Starts the server as soon as whoever has the folder gives it free, which a command does when it is done; a server that answers does not.
 * @returns undefined where it was told to stop first @throws DataFolderError where the folder is not free within a moment
 */
async function onceFree(
  context: CliContext,
  { data, log, stopped }: { readonly data: string; readonly log: Logger; readonly stopped: Promise<unknown> },
  startServer: () => Promise<App>,
): Promise<App | undefined> {
  const waiting = new AbortController()
  const { signal } = waiting
  void stopped.then(() => waiting.abort())
  let isSaid = false
  const isVain = async (user: FolderUser | undefined) => {
    if (user?.url !== undefined && (await isAnswering(user.url))) return true
    if (!isSaid) log.warn({ for: user?.name }, 'waiting for the data folder')
    isSaid = true
    return false
  }
  try {
    return await onceSettled(context, data, startServer, { isVain, signal })
  } catch (error) {
    if (error === signal.reason) return undefined
    throw error
  }
}

/** Loaded only here: a server that starts needs no client. One that answers late answers. */
async function isAnswering(url: string): Promise<boolean> {
  const { answers } = await import('./connection.ts')
  return answers(url).catch(() => true)
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
