import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { atEnd } from '../support/at-end.ts'
import { makeRoomy } from '../support/roomy-fleet.ts'
import { clientsOf, type Clients } from './clients.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/trainyard')

/** `trainyard serve` as a process of its own, which can be killed. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  readonly clients: Clients
  /** Sends a signal and waits for the end; what is left at the end of its scope is killed. @returns the exit code, null after a signal */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export async function serve(data: string, flags: readonly string[] = []): Promise<ServerProcess> {
  await makeRoomy(data)
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--data', data, '--port', '0', ...flags], {
    env: { ...process.env, PATH: '/usr/local/bin:/usr/bin:/bin', VIRTUAL_ENV: '', CONDA_PREFIX: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await listening(child)
  const exit = once(child, 'exit')
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const [code] = (await exit) as [number | null]
    return code
  }
  return {
    url,
    clients: await clientsOf(data, url),
    end,
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  }
}

/** A server that ends with the test. Not killed: it clears away what it tries on the machine, also where it has hardly begun. */
export async function serveUntilEnd(t: TestContext, data: string, flags?: readonly string[]): Promise<ServerProcess> {
  const server = await serve(data, flags)
  atEnd(t, async () => void (await server.end('SIGTERM')))
  return server
}

/** Reads what the server says until it says where it listens, and goes on reading so that it is never held up. */
async function listening(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new TypeError('the server has no output')
  const lines = createInterface({ input: child.stdout })
  const found = Promise.withResolvers<string>()
  lines.on('line', (line) => {
    const { msg, url } = JSON.parse(line) as { readonly msg?: string; readonly url?: string }
    if (msg === 'listening' && url) found.resolve(url)
  })
  child.once('exit', (code) => found.reject(new Error(`the server ended with ${code}`)))
  return found.promise
}

/** Pid of the agent of a data folder. @throws where none runs */
export function agentPid(data: string): number {
  return Number(execFileSync('pgrep', ['-f', '--', `agent --data ${data}$`], { encoding: 'utf8' }).split('\n')[0])
}
