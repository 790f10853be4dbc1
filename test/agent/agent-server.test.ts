import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { takeAgentLock } from '../../src/agent/agent-lock.ts'
import { AgentServer } from '../../src/agent/agent-server.ts'
import { receiveMessages, sendMessage } from '../../src/agent/message-lines.ts'
import { PROTOCOL_VERSION, type FromAgent } from '../../src/agent/messages.ts'
import { loadScripts } from '../../src/agent/sandbox/scripts.ts'
import { agentSocket, withSocketAddress } from '../../src/agent/socket-address.ts'
import { JobNetworks } from '../../src/agent/network/job-networks.ts'
import { RealClock } from '../../src/clock/real-clock.ts'

const AGENT = join(import.meta.dirname, '../runtime/process/support/agent.ts')

async function agentIn(dataFolder: string) {
  const log = pino({ level: 'silent' })
  const scripts = loadScripts()
  const ended = Promise.withResolvers<void>()
  const agent = new AgentServer({
    dataFolder,
    clock: new RealClock(),
    log,
    scripts,
    networks: new JobNetworks({ dataFolder, clock: new RealClock(), scripts }),
    end: () => ended.resolve(),
    changed: () => undefined,
  })
  await agent.listen()
  const socket = await withSocketAddress(agentSocket(dataFolder), async (address) => {
    const opened = connect(address)
    await once(opened, 'connect')
    return opened
  })
  const ask = (message: object) =>
    new Promise<FromAgent>((resolve) => {
      socket.removeAllListeners('data')
      receiveMessages<FromAgent>(socket, resolve)
      sendMessage(socket, message)
    })
  return { agent, socket, ask, ended: ended.promise }
}

describe('an agent', () => {
  test('answers whoever speaks its version, and tells others which that is', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'trainyard-agent-'))
    const { agent, ask } = await agentIn(dataFolder)
    const hello = { id: 1, kind: 'call', body: { call: 'hello' } }
    assert.deepEqual(await ask({ version: PROTOCOL_VERSION, ...hello }), {
      version: PROTOCOL_VERSION,
      id: 1,
      kind: 'result',
      result: { pid: process.pid },
    })
    const answer = await ask({ version: PROTOCOL_VERSION + 1, ...hello })
    assert.deepEqual(answer.kind === 'error' && answer.error, { kind: 'version', speaks: PROTOCOL_VERSION })
    agent.close()
    rmSync(dataFolder, { recursive: true })
  })

  test('is reached in a folder whose path is longer than a socket’s address may be', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'trainyard-agent-'))
    const dataFolder = join(parent, 'd'.repeat(120), 'e'.repeat(120))
    mkdirSync(dataFolder, { recursive: true })
    const { agent, ask } = await agentIn(dataFolder)
    const answer = await ask({ version: PROTOCOL_VERSION, id: 1, kind: 'call', body: { call: 'hello' } })
    assert.equal(answer.kind, 'result')
    agent.close()
    rmSync(parent, { recursive: true })
  })

  test('makes room when a server of another version asks for it', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'trainyard-agent-'))
    const { agent, socket, ended } = await agentIn(dataFolder)
    sendMessage(socket, { version: PROTOCOL_VERSION + 1, id: 0, kind: 'end' })
    await ended
    agent.close()
    rmSync(dataFolder, { recursive: true })
  })

  test('survives a peer that speaks no language of ours', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'trainyard-agent-'))
    const { agent, socket } = await agentIn(dataFolder)
    socket.write('GET / HTTP/1.1\n\n')
    await once(socket, 'close')
    assert.ok(agent.idle)
    agent.close()
    rmSync(dataFolder, { recursive: true })
  })

  test('is the only one of its data folder', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'trainyard-agent-'))
    mkdirSync(join(dataFolder, 'agent'))
    const lock = takeAgentLock(dataFolder)
    assert.ok(lock)
    assert.equal(takeAgentLock(dataFolder), undefined)
    const second = spawn(process.execPath, [AGENT, '--data', dataFolder], { stdio: 'ignore' })
    assert.deepEqual(await once(second, 'exit'), [0, null])
    lock[Symbol.dispose]()
    takeAgentLock(dataFolder)?.[Symbol.dispose]()
    rmSync(dataFolder, { recursive: true })
  })
})
