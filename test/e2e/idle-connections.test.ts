import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { ListTrainingJobsCommand } from '@aws-sdk/client-sagemaker'
import { temporaryFolder } from '../cli/temporary-folder.ts'
import { serve } from './server-process.ts'
import { join } from 'node:path'

const IDLE = 10_000
/** As many are opened at once as the kernel's queue of new connections takes. */
const AT_ONCE = 100
const DESCRIPTORS = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || Number.POSITIVE_INFINITY

const required = process.env['TRAINYARD_REQUIRE_ALL'] === '1'
const skip = DESCRIPTORS < IDLE + 2000 && !required ? `NOT TRIED: only ${DESCRIPTORS} descriptors may be open` : false

test('ten thousand idle connections keep nobody out', { skip }, async (t) => {
  const data = join(temporaryFolder(t), 'data')
  await using server = await serve(data, ['--runtime', 'simulated'])
  const port = Number(new URL(server.url).port)
  const idle: Socket[] = []
  try {
    while (idle.length < IDLE) idle.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => open(port)))))
    assert.equal((await fetch(`${server.url}/-/health`)).status, 200)
    assert.deepEqual((await server.clients.sagemaker.send(new ListTrainingJobsCommand({}))).TrainingJobSummaries, [])
  } finally {
    for (const socket of idle) socket.destroy()
  }
  assert.equal(await server.end('SIGTERM'), 0)
})

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  // Closed by the server when others need its place.
  socket.on('error', () => {}).resume()
  await once(socket, 'connect')
  return socket
}
