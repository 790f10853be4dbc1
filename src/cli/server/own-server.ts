import type { CliContext } from '../cli-context.ts'
import { findServer, openConnection, type Connection } from './connection.ts'
import { onceSettled } from './once-settled.ts'

interface OwnServerOptions {
  /** Which command asks, for whoever meets its server. */
  readonly command: string
  readonly hold: boolean
}

/** The server of the folder, or one that lives as long as the command. @throws CommandError, and what a server that cannot start throws */
export async function connectOrStart(
  context: CliContext,
  dataFolder: string,
  options: OwnServerOptions,
): Promise<Connection> {
  const attempt = async () => (await findServer(dataFolder)) ?? startOwnServer(context, dataFolder, options)
  return onceSettled(context, dataFolder, attempt)
}

/** Loaded only here: a command that finds a server needs none of it. */
async function startOwnServer(
  { environment, clock, err }: CliContext,
  dataFolder: string,
  { command, hold }: OwnServerOptions,
): Promise<Connection> {
  const [{ startApp }, { serverLog }] = await Promise.all([import('../../app.ts'), import('./server-log.ts')])
  const app = await startApp({
    data: dataFolder,
    host: '127.0.0.1',
    port: 0,
    runtime: 'auto',
    command,
    hold,
    insecure: false,
    environment,
    clock,
    // Only what goes wrong, and to stderr: stdout is the command's.
    log: serverLog({ level: 'error', output: err, descriptor: 2 }),
  })
  const connection = await openConnection(dataFolder, app.url)
  const close = async () => {
    await connection[Symbol.asyncDispose]()
    await app.close()
  }
  return { ...connection, isOwn: true, [Symbol.asyncDispose]: close }
}
