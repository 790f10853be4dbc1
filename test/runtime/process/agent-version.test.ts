import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pino } from 'pino'
import { receiveMessages, sendMessage } from '../../../src/agent/message-lines.ts'
import { PROTOCOL_VERSION, type ToAgent } from '../../../src/agent/messages.ts'
import { agentSocket, withSocketAddress } from '../../../src/agent/socket-address.ts'
import { RealClock } from '../../../src/clock/real-clock.ts'
import { AgentClient } from '../../../src/runtime/process/agent-client.ts'
import { atEnd } from '../../support/at-end.ts'
import { AGENT_COMMAND, until } from './support/bench.ts'
import { processesIn } from './support/processes.ts'

/** An agent of an earlier version, in a data folder with a client of ours. @param ends whether it knows how to make room */
async function earlierAgent(t: TestContext, ends: boolean) {
  const dataFolder = mkdtempSync('/var/tmp/trainyard-test-')
  atEnd(t, () => rmSync(dataFolder, { recursive: true }))
  atEnd(t, () => until(() => processesIn(dataFolder).length === 0))
  const asked: string[] = []
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    receiveMessages<ToAgent>(socket, ({ id, kind }) => {
      asked.push(kind)
      if (kind === 'end' && ends) return close()
      const error = { kind: 'version', speaks: PROTOCOL_VERSION - 1 }
      sendMessage(socket, { version: PROTOCOL_VERSION - 1, id, kind: 'error', error })
    })
  })
  const close = () => {
    server.close()
    for (const socket of connections) socket.destroy()
  }
  atEnd(t, close)
  const path = agentSocket(dataFolder)
  mkdirSync(dirname(path), { recursive: true })
  await withSocketAddress(path, (address) => once(server.listen(address), 'listening'))
  const log = pino({ level: 'silent' })
  const client = new AgentClient({ dataFolder, agentCommand: AGENT_COMMAND, clock: new RealClock(), log })
  atEnd(t, () => client.close(false))
  return { client, asked }
}

test('an agent of an earlier version makes room for one of ours, which answers what was asked', async (t) => {
  const { client, asked } = await earlierAgent(t, true)
  const answers = await Promise.all([client.call('hello', {}), client.call('hello', {})])
  assert.ok(answers.every(({ pid }) => pid !== process.pid))
  assert.deepEqual(asked, ['call', 'call', 'end'])
})

test('an agent that cannot be asked to make room keeps its jobs, and the server says so', async (t) => {
  const { client } = await earlierAgent(t, false)
  await assert.rejects(client.call('hello', {}), { name: 'AgentVersionError', message: /let its jobs end/ })
})
