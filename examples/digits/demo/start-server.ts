import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { CliContext } from '../../../src/cli/cli-context.ts'
import { CommandError } from '../../../src/cli/cli-errors.ts'
import { openConnection, type Connection } from '../../../src/cli/server/connection.ts'

const PROGRAM = join(import.meta.dirname, '../../../bin/trainyard')

/**
 * Starts `trainyard serve` on a free port, as a person would, and waits until it says where it listens. It ends with the connection.
 *
 * @param python what `local/python` shall be. @throws CommandError with the server's own words
 */
export async function startServer(
  dataFolder: string,
  python: string,
  { environment }: CliContext,
): Promise<Connection> {
  await mkdir(dirname(dataFolder), { recursive: true })
  const log = `${dataFolder}-server.log`
  const file = await open(log, 'w')
  const server = spawn(process.execPath, [PROGRAM, 'serve', '--data', dataFolder, '--port', '0'], {
    // Out of reach of the terminal's Ctrl-C: the demo itself ends it, after the job.
    detached: true,
    stdio: ['ignore', 'pipe', file.fd],
    env: { ...environment, VIRTUAL_ENV: '', CONDA_PREFIX: '', PATH: `${dirname(python)}:${environment['PATH'] ?? ''}` },
  })
  await file.close()
  const url = await listening(server.stdout)
  if (url === undefined) throw new CommandError('NoServer', `the server did not start.\n${await readFile(log, 'utf8')}`)
  const connection = await openConnection(dataFolder, url)
  const end = async () => {
    await connection[Symbol.asyncDispose]()
    await stop(server)
  }
  return { ...connection, isOwn: true, [Symbol.asyncDispose]: end }
}

/** @returns undefined where the server ends without ever listening */
async function listening(output: Readable | null): Promise<string | undefined> {
  if (!output) return undefined
  for await (const line of createInterface(output)) {
    const url = listeningUrl(line)
    if (url === undefined) continue
    // Its pipe must go on being emptied.
    output.resume()
    return url
  }
  return undefined
}

function listeningUrl(line: string): string | undefined {
  const value: unknown = line.startsWith('{') ? JSON.parse(line) : undefined
  if (typeof value !== 'object' || value === null || !('url' in value)) return undefined
  return typeof value.url === 'string' ? value.url : undefined
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  await ended
}
