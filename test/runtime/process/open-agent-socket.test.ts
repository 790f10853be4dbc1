import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openAgentSocket } from '../../../src/runtime/process/open-agent-socket.ts'

const LISTENER = `require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))`

test('nobody listens where there is no folder, no socket, or only what a dead listener left', async (t) => {
  const folder = temporaryFolder(t)
  const socket = join(folder, 'agent.sock')
  assert.equal(await openAgentSocket(join(folder, 'not-there', 'x'.repeat(120), 'agent.sock')), undefined)
  assert.equal(await openAgentSocket(socket), undefined)
  const listener = await listening(t, socket)
  await killed(listener)
  assert.equal(await openAgentSocket(socket), undefined)
})

test('nobody listens where the listener dies before it has taken the connection', async (t) => {
  const socket = join(temporaryFolder(t), 'agent.sock')
  const listener = await listening(t, socket)
  listener.kill('SIGSTOP')
  // A thread that takes the signal stops the others only when it has its turn.
  while (stateOf(listener) !== 'T') continue
  const opening = openAgentSocket(socket)
  listener.kill('SIGKILL')
  // Its death must be there before Node looks at the connection that it has just asked for: no turn of the event loop may pass.
  while (!isDead(listener)) continue
  assert.equal(await opening, undefined)
})

test('whoever listens gets the connection', async (t) => {
  const path = join(temporaryFolder(t), 'agent.sock')
  const server = createServer((socket) => socket.end('here')).listen(path)
  t.after(() => server.close())
  await once(server, 'listening')
  const socket = await openAgentSocket(path)
  assert.ok(socket)
  assert.equal(String((await once(socket, 'data'))[0]), 'here')
})

interface Listener {
  readonly pid?: number | undefined
}

interface Ending {
  after(fn: () => void): void
}

function temporaryFolder(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function listening(t: Ending, socket: string) {
  const listener = spawn(process.execPath, ['-e', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => listener.kill('SIGKILL'))
  await once(listener.stdout, 'data')
  return listener
}

async function killed(listener: Awaited<ReturnType<typeof listening>>): Promise<void> {
  listener.kill('SIGKILL')
  await once(listener, 'exit')
}

/** Whether a process has let go of all that it had open, whether or not its parent has taken note of its end: the last of its threads does. */
function isDead({ pid }: Listener): boolean {
  return stateOf({ pid }) === 'Z' && readdirSync(`/proc/${pid}/task`).length === 1
}

/** The state of its first thread in proc(5): `T` is stopped, `Z` has ended. */
function stateOf({ pid }: Listener): string {
  return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? ''
}
