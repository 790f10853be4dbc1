import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Quotas } from '../../../src/operations/sagemaker/quotas.ts'
import type { JobEvent } from '../../../src/lifecycle/advance.ts'
import { recordEvent } from '../../../src/store/record-event.ts'
import { parseJobRequest } from '../../../src/supervisor/job-request.ts'
import { testCall } from '../test-call.ts'
import { MINIMAL, sagemakerFixture, type SageMakerFixture } from './sagemaker-fixture.ts'

const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 },
}

function text(type: string, limit: number, used: number, delta: number): string {
  return (
    `The account-level service limit '${type} training job usage' is ${limit} Instances, with current utilization of ${used} Instances and a request delta of ${delta} Instances. ` +
    'Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.'
  )
}

function asking(name: string, type = 'ml.m5.large', count = 1): object {
  const ResourceConfig = { InstanceType: type, InstanceCount: count, VolumeSizeInGB: 30 }
  return { ...MINIMAL, TrainingJobName: name, ResourceConfig }
}

/** The job has failed. */
async function end(fixture: SageMakerFixture, jobId: string): Promise<void> {
  const event = { kind: 'failed', reason: 'over' } as const
  assert.equal((await recordEvent(fixture.store, fixture.clock, { jobId, event })).kind, 'recorded')
}

test('a quota counts the instances of unfinished jobs, and is refused in AWS’s words', async () => {
  await using fixture = await sagemakerFixture({ quotas: { 'ml.m5.large': 3 } })
  await fixture.call('CreateTrainingJob', asking('one', 'ml.m5.large', 2))
  const refused = await fixture.refusal('CreateTrainingJob', asking('two', 'ml.m5.large', 2))
  assert.deepEqual([refused.code, refused.status], ['ResourceLimitExceeded', 400])
  assert.equal(refused.message, text('ml.m5.large for', 3, 2, 2))
  await fixture.call('CreateTrainingJob', asking('three'))
  await fixture.call('CreateTrainingJob', asking('other-type', 'ml.m5.xlarge', 4))
  await end(fixture, fixture.woken[0] ?? '')
  await fixture.call('CreateTrainingJob', asking('two', 'ml.m5.large', 2))
  const { principal } = testCall()
  const stranger = { ...testCall(), principal: { ...principal, account: '999999999999' } }
  await fixture.objects.createBucket({ name: 'theirs', account: '999999999999', region: 'us-east-1' })
  await fixture.call(
    'CreateTrainingJob',
    { ...asking('one'), OutputDataConfig: { S3OutputPath: 's3://theirs/out' } },
    stranger,
  )
})

test('spot and on-demand are counted apart, and types without a line of their own by the default', async () => {
  await using fixture = await sagemakerFixture({ quotas: { default: 1, 'spot ml.m5.large': 1, 'ml.c5.xlarge': 0 } })
  await fixture.call('CreateTrainingJob', asking('one'))
  await fixture.call('CreateTrainingJob', { ...asking('spot'), ...SPOT })
  const spot = await fixture.refusal('CreateTrainingJob', { ...asking('more'), ...SPOT })
  assert.equal(spot.message, text('ml.m5.large for spot', 1, 1, 1))
  assert.equal((await fixture.refusal('CreateTrainingJob', asking('more'))).message, text('ml.m5.large for', 1, 1, 1))
  await fixture.call('CreateTrainingJob', asking('two', 'ml.m5.xlarge'))
  const none = await fixture.refusal('CreateTrainingJob', asking('more', 'ml.c5.xlarge'))
  assert.equal(none.message, text('ml.c5.xlarge for', 0, 0, 1))
  await fixture.call('CreateTrainingJob', { ...asking('free', 'ml.c5.xlarge', 4), ...SPOT })
})

test('of many that are created at once only as many are accepted as there is room for', async () => {
  await using fixture = await sagemakerFixture({ quotas: { 'ml.m5.large': 3 } })
  const names = Array.from({ length: 20 }, (_, index) => `job-${index}`)
  const outcomes = await Promise.allSettled(names.map((name) => fixture.call('CreateTrainingJob', asking(name))))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3)
  assert.equal(fixture.woken.length, 3)
})

test('a request that was refused for another reason, or that repeats another, takes nothing of the quota', async () => {
  await using fixture = await sagemakerFixture({ quotas: { 'ml.m5.large': 2 } })
  const call = { ...testCall(), invocationId: 'the-same' }
  const answers = await Promise.all([1, 2, 3].map(() => fixture.call('CreateTrainingJob', asking('one'), call)))
  assert.deepEqual(new Set(answers.map(({ TrainingJobArn: arn }) => arn)).size, 1)
  assert.equal((await fixture.refusal('CreateTrainingJob', asking('ONE'))).code, 'ResourceInUse')
  await fixture.call('CreateTrainingJob', asking('two'))
  assert.equal((await fixture.refusal('CreateTrainingJob', asking('three'))).code, 'ResourceLimitExceeded')
  // Whoever creates a job again is told that it is there, also where it takes up the last of the quota itself.
  assert.equal((await fixture.refusal('CreateTrainingJob', asking('TWO'))).code, 'ResourceInUse')
})

test('groups of one type count together, and jobs of an earlier life of the server count', async () => {
  await using fixture = await sagemakerFixture({ quotas: {} })
  const group = (InstanceGroupName: string, InstanceType: string, InstanceCount: number) => ({
    InstanceGroupName,
    InstanceType,
    InstanceCount,
  })
  const InstanceGroups = [group('a', 'ml.m5.large', 1), group('b', 'ml.g5.xlarge', 1), group('c', 'ml.m5.large', 2)]
  await fixture.call('CreateTrainingJob', { ...MINIMAL, ResourceConfig: { InstanceGroups, VolumeSizeInGB: 1 } })
  await fixture.call('CreateTrainingJob', asking('over'))
  await end(fixture, fixture.woken[1] ?? '')
  const quotas = await Quotas.load({ 'ml.m5.large': 4 }, fixture.store)
  const use = { jobId: 'new', account: testCall().principal.account, region: 'us-east-1' }
  const insert = () => assert.fail('was inserted')
  const request = parseJobRequest(JSON.stringify(asking('new', 'ml.m5.large', 2)))
  await assert.rejects(quotas.insert({ ...use, request }, insert), {
    code: 'ResourceLimitExceeded',
    message: text('ml.m5.large for', 4, 3, 2),
  })
})

/** The job has completed. */
async function complete(fixture: SageMakerFixture, jobId: string): Promise<void> {
  const events: readonly JobEvent[] = [
    { kind: 'downloading' },
    { kind: 'training' },
    { kind: 'command-ended', outcome: { kind: 'succeeded' } },
    { kind: 'finished' },
  ]
  for (const event of events)
    assert.equal((await recordEvent(fixture.store, fixture.clock, { jobId, event })).kind, 'recorded')
}

function keeping(name: string, count = 1, type = 'ml.m5.large'): object {
  const ResourceConfig = {
    InstanceType: type,
    InstanceCount: count,
    VolumeSizeInGB: 30,
    KeepAlivePeriodInSeconds: 600,
  }
  return { ...MINIMAL, TrainingJobName: name, ResourceConfig }
}

test('a warm pool that is available counts, but not beside a job that waits for it, also after a restart', async () => {
  await using fixture = await sagemakerFixture({ quotas: { 'ml.m5.large': 3 } })
  await fixture.call('CreateTrainingJob', keeping('first', 2))
  await complete(fixture, fixture.woken[0] ?? '')
  const refused = await fixture.refusal('CreateTrainingJob', { ...asking('other', 'ml.m5.large', 3) })
  assert.equal(refused.message, text('ml.m5.large for', 3, 2, 3))
  const restarted = await Quotas.load({ 'ml.m5.large': 3 }, fixture.store)
  const use = { jobId: 'new', account: testCall().principal.account, region: 'us-east-1' }
  const request = parseJobRequest(JSON.stringify(asking('other', 'ml.m5.large', 3)))
  const again = await restarted.insert({ ...use, request }, () => assert.fail('was inserted')).catch((error) => error)
  assert.equal(again.message, text('ml.m5.large for', 3, 2, 3))
  // It will run on the pool's two, and leaves one.
  await fixture.call('CreateTrainingJob', asking('taker', 'ml.m5.large', 2))
  await fixture.call('CreateTrainingJob', asking('small'))
  const full = await fixture.refusal('CreateTrainingJob', asking('no-more'))
  assert.equal(full.message, text('ml.m5.large for', 3, 3, 1))
  const by = { jobId: fixture.woken[1] ?? '', name: 'taker' }
  const [first = ''] = fixture.woken
  await recordEvent(fixture.store, fixture.clock, { jobId: first, event: { kind: 'pool-reused', by } })
  await end(fixture, by.jobId)
  await fixture.call('CreateTrainingJob', asking('room-again', 'ml.m5.large', 2))
})

test('a type that is not offered is not available in this region', async () => {
  await using fixture = await sagemakerFixture({ instanceTypes: ['ml.m5.large'] })
  await fixture.call('CreateTrainingJob', asking('one'))
  const refused = await fixture.refusal('CreateTrainingJob', asking('two', 'ml.p5.48xlarge'))
  assert.equal(refused.code, 'ResourceLimitExceeded')
  assert.equal(refused.message, 'The requested resource training-job/ml.p5.48xlarge is not available in this region')
})

test('a priority is a whole number from -100 to 100', async () => {
  await using fixture = await sagemakerFixture()
  const tagged = (name: string, Value: string) => ({ ...asking(name), Tags: [{ Key: 'trainyard:priority', Value }] })
  for (const [index, value] of ['0', '100', '-100', '7', '007'].entries())
    await fixture.call('CreateTrainingJob', tagged(`job-${index}`, value))
  for (const value of ['101', '-101', '1.5', 'high', '', '1e1', '٣', ' 1', '+1']) {
    const refused = await fixture.refusal('CreateTrainingJob', tagged('refused', value))
    assert.equal(refused.code, 'ValidationException')
    assert.equal(
      refused.message,
      `The value of the tag trainyard:priority must be a whole number from -100 to 100: ${value}`,
    )
  }
})
