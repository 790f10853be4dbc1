import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { test } from 'node:test'
import { startFront } from './front-fixture.ts'

/** A socket that listens already, as a helper hands it over. */
async function listening(): Promise<{ readonly socket: Server; readonly port: number }> {
  const socket = createServer().listen(0, '127.0.0.1')
  await once(socket, 'listening')
  return { socket, port: (socket.address() as AddressInfo).port }
}

const statusOf = async (port: number) => (await fetch(`http://127.0.0.1:${port}/bucket/key`)).status

test('a socket that is handed over is answered as the server’s own is, until it is closed', async (t) => {
  const front = await startFront(t)
  const { socket, port } = await listening()
  const accepted = front.accept(socket)
  assert.equal(await statusOf(port), await statusOf(front.port))
  const idle = connect(port, '127.0.0.1')
  await once(idle, 'connect')
  await Promise.all([once(idle, 'close'), accepted.close()])
  await assert.rejects(statusOf(port))
  assert.equal(await statusOf(front.port), 403)
})

test('a server that closes answers on no socket any more', async (t) => {
  const front = await startFront(t)
  const { socket, port } = await listening()
  const accepted = front.accept(socket)
  assert.equal(await statusOf(port), 403)
  await front.close()
  await assert.rejects(statusOf(port))
  await accepted.close()
})
