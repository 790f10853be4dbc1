import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Starts a server of its own: every AWS client that is made from now on talks to it. Returns a function that ends it. */
export async function startTrainyard() {
  const data = mkdtempSync(join(tmpdir(), 'trainyard-'))
  const args = ['serve', '--port', '0', '--data', data]
  const server = spawn('trainyard', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(server.stdout)) if (line.includes('"listening"')) break
  server.stdout.resume() // a pipe that nobody reads would fill up
  Object.assign(process.env, JSON.parse(execFileSync('trainyard', ['env', '--json', '--data', data])))
  return async () => {
    server.kill()
    if (server.exitCode === null) await once(server, 'exit')
    // What looks after the jobs ends by itself, a moment later.
    rmSync(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  }
}
