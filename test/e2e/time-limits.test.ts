import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribeTrainingJobCommandOutput } from '@aws-sdk/client-sagemaker'
import { ended, get, statusesOf, submit } from './clients.ts'
import { startTestServer } from './test-server.ts'

/** Within so long of its moment a limit acts, and the end of a grace (behaviour 1.4.7). */
const PUNCTUAL_MS = 2000

/** When the job first came to a stage, epoch milliseconds, as its record says. */
function began(job: DescribeTrainingJobCommandOutput, status: string): number {
  const found = job.SecondaryStatusTransitions?.find((transition) => transition.Status === status)
  assert.ok(found?.StartTime, `${status} is not among ${statusesOf(job).join(' ')}`)
  return found.StartTime.getTime()
}

function assertWithin(took: number, earliest: number, what: string): void {
  assert.ok(took >= earliest && took < earliest + PUNCTUAL_MS, `${what} came after ${took} ms instead of ${earliest}`)
}

test('MaxRuntimeInSeconds ends a real process within two seconds of its moment, and a grace that is ignored too', async () => {
  await using server = await startTestServer({ configuration: 'stop: { grace: 500ms }\n' })
  const name = await submit(server, "trap '' TERM; echo m >/opt/ml/model/m; while :; do sleep 0.05; done", {
    StoppingCondition: { MaxRuntimeInSeconds: 1 },
  })
  const job = await ended(server, name)
  assert.equal(job.SecondaryStatus, 'MaxRuntimeExceeded')
  assertWithin(began(job, 'Stopping') - began(job, 'Downloading'), 1000, 'the limit')
  assertWithin(began(job, 'Uploading') - began(job, 'Stopping'), 500, 'the kill')
  assert.ok((await get(server, `out/${name}/output/model.tar.gz`)).length > 0)
})

test('MaxWaitTimeInSeconds ends a spot job that runs within two seconds of its moment', async () => {
  await using server = await startTestServer({ configuration: 'stop: { grace: 100ms }\n' })
  const name = await submit(server, 'exec sleep 1000', {
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 1 },
  })
  const job = await ended(server, name)
  assert.equal(job.SecondaryStatus, 'MaxWaitTimeExceeded')
  assertWithin(began(job, 'Stopping') - began(job, 'Starting'), 1000, 'the limit')
})

test('MaxWaitTimeInSeconds ends a spot job that never gets a place within two seconds of its moment', async () => {
  await using server = await startTestServer({ hold: true })
  const name = await submit(server, 'true', {
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 1 },
  })
  const job = await ended(server, name)
  assert.deepEqual(statusesOf(job), ['Starting', 'Stopping', 'MaxWaitTimeExceeded'])
  assertWithin(began(job, 'Stopping') - began(job, 'Starting'), 1000, 'the limit')
})

test('a command that ends well before the limit has kept it, although its upload goes on past it', async () => {
  const seconds = 4
  await using server = await startTestServer({ configuration: 'rehearsals: { allow: true }\n' })
  const name = await submit(server, 'head -c 50000 /dev/urandom >/opt/ml/model/m; sleep 1', {
    StoppingCondition: { MaxRuntimeInSeconds: seconds },
    Environment: { TRAINYARD_REHEARSE: 'slow-store 10KB/s' },
  })
  const job = await ended(server, name)
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
  const limit = began(job, 'Downloading') + seconds * 1000
  assert.ok(began(job, 'Uploading') < limit)
  assert.ok(began(job, 'Completed') > limit, 'the upload was to go on past the limit')
})
