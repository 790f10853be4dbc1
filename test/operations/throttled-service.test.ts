import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '../../src/operations/operation.ts'
import { AWS_RATES, throttledService } from '../../src/operations/throttled-service.ts'
import { AwsError } from '../../src/protocol/errors.ts'
import { structure } from '../../src/protocol/shapes/declare.ts'
import { testCall } from './test-call.ts'

const service: Service = {
  name: 'sagemaker',
  protocol: 'json',
  targetPrefix: 'SageMaker',
  jsonVersion: '1.1',
  errorMember: 'message',
  operations: Object.fromEntries(
    ['ListTrainingJobs', 'DescribeTrainingJob', 'SomethingElse'].map((name) => [
      name,
      { access: 'read' as const, input: structure({}), handle: () => Promise.resolve({ name }) },
    ]),
  ),
}

function caller() {
  const clock = { time: 1_700_000_000_000, now: () => clock.time }
  const { operations } = throttledService(service, AWS_RATES, clock)
  const answers = async (name: string, call = testCall()) => {
    try {
      await operations[name]?.handle({}, call)
      return 'answered'
    } catch (error) {
      assert.ok(error instanceof AwsError)
      return `${error.status} ${error.code}: ${error.message}`
    }
  }
  return { clock, answers }
}

const THROTTLED = '400 ThrottlingException: Rate exceeded'

test('ListTrainingJobs takes two requests a second, and two more once a second has gone', async () => {
  const { clock, answers } = caller()
  for (const expected of ['answered', 'answered', THROTTLED]) assert.equal(await answers('ListTrainingJobs'), expected)
  clock.time += 500
  for (const expected of ['answered', THROTTLED]) assert.equal(await answers('ListTrainingJobs'), expected)
  clock.time += 60_000
  for (const expected of ['answered', 'answered', THROTTLED]) assert.equal(await answers('ListTrainingJobs'), expected)
})

test('Each operation, region and account has a rate of its own, and what has none is not throttled', async () => {
  const { answers } = caller()
  for (let sent = 0; sent < 3; sent++) await answers('ListTrainingJobs')
  assert.equal(await answers('ListTrainingJobs'), THROTTLED)
  assert.equal(await answers('DescribeTrainingJob'), 'answered')
  assert.equal(await answers('ListTrainingJobs', { ...testCall(), region: 'eu-west-1' }), 'answered')
  const principal = { ...testCall().principal, account: '444455556666' }
  assert.equal(await answers('ListTrainingJobs', { ...testCall(), principal }), 'answered')
  for (let sent = 0; sent < 100; sent++) assert.equal(await answers('SomethingElse'), 'answered')
})

test('A clock that is set back neither fills a bucket nor empties it', async () => {
  const { clock, answers } = caller()
  await answers('ListTrainingJobs')
  clock.time -= 3_600_000
  assert.equal(await answers('ListTrainingJobs'), 'answered')
  assert.equal(await answers('ListTrainingJobs'), THROTTLED)
})
