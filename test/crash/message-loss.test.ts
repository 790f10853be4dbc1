import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { receiveMessages, sendMessage } from '../../src/agent/message-lines.ts'
import { PROTOCOL_VERSION, type FromAgent, type ToAgent } from '../../src/agent/messages.ts'
import { LossyRelay } from './lossy-relay.ts'
import { runMessageLoss } from './message-loss.ts'

test('requests and answers that are lost between a real server and its agent change nothing of what becomes of a job', async () => {
  const [row] = await runMessageLoss({ losses: 6, seed: 2 })
  assert.deepEqual([row?.broken, row?.points], [[], 6])
})

/** What stands in the place of an agent, behind a relay: it answers whatever it is asked, and remembers it. */
async function echo(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-relay-'))
  const path = join(folder, 'agent.sock')
  const heard: number[] = []
  const agent = createServer((socket: Socket) => {
    socket.on('error', () => socket.destroy())
    receiveMessages<ToAgent>(socket, ({ version, id }) => {
      heard.push(id)
      sendMessage(socket, { version, id, kind: 'result', result: null })
    })
  })
  agent.listen(path)
  await once(agent, 'listening')
  const relay = await LossyRelay.inFrontOf(path)
  t.after(async () => {
    relay.close()
    agent.close()
    await rm(folder, { recursive: true })
  })
  return { path, heard, relay }
}

/** @returns the ids of the answers that come until the connection is over, or one has come */
async function call(path: string, id: number): Promise<readonly number[]> {
  const socket = connect(path)
  const answers: number[] = []
  const over = once(socket, 'close')
  socket.on('error', () => socket.destroy())
  receiveMessages<FromAgent>(socket, (answer) => {
    answers.push(answer.id)
    socket.destroy()
  })
  sendMessage(socket, { version: PROTOCOL_VERSION, id, kind: 'call', body: { call: 'hello' } })
  await over
  return answers
}

test('of a request that is lost the agent hears nothing, of a lost answer the server; the next one arrives', async (t) => {
  const { path, heard, relay } = await echo(t)
  for (const torn of [false, true]) {
    heard.length = 0
    const request = relay.lose({ call: 'hello', what: 'request', torn })
    assert.deepEqual([await call(path, 1), heard], [[], []])
    await request
    const answer = relay.lose({ call: 'hello', what: 'answer', torn })
    assert.deepEqual([await call(path, 2), heard], [[], [2]])
    await answer
    assert.deepEqual([await call(path, 3), heard], [[3], [2, 3]])
  }
})
