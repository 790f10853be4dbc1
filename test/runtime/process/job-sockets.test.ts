import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSockets } from '../../../src/runtime/process/job-sockets.ts'

const ID = { jobId: 'job', attempt: 1, host: 'algo-1' }

test('a server that closes before it ever answers does not wait for jobs to be reached', async () => {
  const sockets = new JobSockets({ dataFolder: '/', taker: () => new Promise(() => undefined) })
  const reached = assert.rejects(sockets.reach(ID, process.pid, '127.0.0.1'), {
    name: 'InstanceError',
    fault: 'platform',
  })
  await sockets.close()
  await reached
})

test('a network whose holder is gone cannot be reached, and the reason is told', async () => {
  const taker = { accept: () => ({ close: () => Promise.resolve() }) }
  const sockets = new JobSockets({ dataFolder: '/', taker: () => Promise.resolve(taker) })
  // No process has this number.
  await assert.rejects(sockets.reach(ID, 2 ** 22 + 1, '127.0.0.1'), { name: 'InstanceError', message: /nsenter/ })
  await sockets.close()
})
