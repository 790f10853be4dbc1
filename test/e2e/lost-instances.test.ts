import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needsJobNetwork } from '../support/needs-job-network.ts'
import { ended, linesOf, statusesOf, submit } from './clients.ts'
import { startTestServer, workspaces, type TestServer } from './test-server.ts'

const TWO = { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } as const
const NEEDS = await needsJobNetwork()
/** In its first attempt it lasts; in the second there are no others of the first left. */
const LASTS_AT_FIRST =
  'case $TRAINYARD_INSTANCE in */1/*) echo began; exec sleep 1000;; *) echo again; echo m > /opt/ml/model/$(hostname);; esac'

async function began(server: TestServer, name: string): Promise<void> {
  const count = async () =>
    (await linesOf(server, name).catch((): string[] => [])).filter((line) => line === 'began').length
  while ((await count()) < 2);
}

function killWaiter(server: TestServer, host: string): void {
  const jobs = join(server.data, 'jobs')
  const [job = ''] = readdirSync(jobs)
  const waiter = readFileSync(join(jobs, job, '1', host, 'waiter'), 'utf8').split('\n')[1] ?? ''
  process.kill(Number.parseInt(waiter, 10), 'SIGKILL')
}

test('a job of two instances that loses one is tried again on new ones, and completes', NEEDS, async () => {
  await using server = await startTestServer({ configuration: 'stop: { grace: 100ms }\n' })
  const name = await submit(server, LASTS_AT_FIRST, {
    ResourceConfig: TWO,
    RetryStrategy: { MaximumRetryAttempts: 1 },
  })
  await began(server, name)
  killWaiter(server, 'algo-2')
  const job = await ended(server, name)
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
  const statuses = statusesOf(job)
  assert.ok(statuses.includes('Restarting'), statuses.join(' '))
  assert.equal((await linesOf(server, name)).filter((line) => line === 'again').length, 2)
  await server.app.close()
  assert.deepEqual(await workspaces(server), [])
})

test('without a RetryStrategy the loss of an instance fails its job, and ends the other one', NEEDS, async () => {
  await using server = await startTestServer({ configuration: 'stop: { grace: 100ms }\nkeep: { failed: 0s }\n' })
  const name = await submit(server, LASTS_AT_FIRST, { ResourceConfig: TWO })
  await began(server, name)
  killWaiter(server, 'algo-1')
  const job = await ended(server, name)
  assert.equal(job.TrainingJobStatus, 'Failed')
  assert.match(job.FailureReason ?? '', /^InternalServerError/)
  await server.app.close()
  assert.deepEqual(await workspaces(server), [])
})
