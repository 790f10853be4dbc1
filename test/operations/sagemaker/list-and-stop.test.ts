import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobEvent } from '../../../src/lifecycle/advance.ts'
import { recordEvent } from '../../../src/store/record-event.ts'
import { MINIMAL, sagemakerFixture, type SageMakerFixture } from './sagemaker-fixture.ts'

async function createJobs(fixture: SageMakerFixture, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    await fixture.call('CreateTrainingJob', { ...MINIMAL, TrainingJobName: `job-${number}` })
    await fixture.clock.advance(1)
  }
}

function namesOf(page: Record<string, unknown>): string[] {
  return (page['TrainingJobSummaries'] as { TrainingJobName: string }[]).map(({ TrainingJobName }) => TrainingJobName)
}

test('a list is newest first, ten to a page, and its token goes on where the page ended', async () => {
  await using fixture = await sagemakerFixture()
  await createJobs(fixture, 12)
  const first = await fixture.call('ListTrainingJobs', {})
  assert.deepEqual(namesOf(first), [
    'job-12',
    'job-11',
    'job-10',
    'job-9',
    'job-8',
    'job-7',
    'job-6',
    'job-5',
    'job-4',
    'job-3',
  ])
  await fixture.call('CreateTrainingJob', { ...MINIMAL, TrainingJobName: 'newest' })
  const second = await fixture.call('ListTrainingJobs', { NextToken: first['NextToken'] })
  assert.deepEqual(namesOf(second), ['job-2', 'job-1'])
  assert.ok(!('NextToken' in second))
})

test('a list keeps to its filters, and so does its token', async () => {
  await using fixture = await sagemakerFixture()
  await createJobs(fixture, 3)
  await fixture.call('StopTrainingJob', { TrainingJobName: 'job-2' })
  assert.deepEqual(namesOf(await fixture.call('ListTrainingJobs', { StatusEquals: 'Stopping' })), ['job-2'])
  assert.deepEqual(namesOf(await fixture.call('ListTrainingJobs', { NameContains: 'B-3' })), ['job-3'])
  const page = await fixture.call('ListTrainingJobs', { StatusEquals: 'InProgress', MaxResults: 1 })
  const NextToken = page['NextToken'] as string
  for (const other of [{ NextToken }, { NextToken: 'x' }, { NextToken: `${NextToken}A`, StatusEquals: 'Failed' }]) {
    assert.equal((await fixture.refusal('ListTrainingJobs', other)).code, 'ValidationException')
  }
})

test('an order without a direction is ascending, a direction alone is that of the creation time', async () => {
  await using fixture = await sagemakerFixture()
  await createJobs(fixture, 3)
  await fixture.call('CreateTrainingJob', { ...MINIMAL, TrainingJobName: 'A-job' })
  const list = async (request: object) => namesOf(await fixture.call('ListTrainingJobs', request))
  assert.deepEqual(await list({ SortBy: 'Name' }), ['A-job', 'job-1', 'job-2', 'job-3'])
  assert.deepEqual(await list({ SortBy: 'Name', SortOrder: 'Descending' }), ['job-3', 'job-2', 'job-1', 'A-job'])
  assert.deepEqual(await list({ SortOrder: 'Ascending' }), ['job-1', 'job-2', 'job-3', 'A-job'])
  await fixture.call('StopTrainingJob', { TrainingJobName: 'job-2' })
  assert.deepEqual(await list({ SortBy: 'Status' }), ['job-1', 'job-3', 'A-job', 'job-2'])
  assert.deepEqual(await list({ SortBy: 'Status', SortOrder: 'Descending' }), ['job-2', 'A-job', 'job-3', 'job-1'])
})

test('times are excluded themselves, to the millisecond that a list shows', async () => {
  await using fixture = await sagemakerFixture()
  await createJobs(fixture, 3)
  const all = (await fixture.call('ListTrainingJobs', {}))['TrainingJobSummaries'] as { CreationTime: number }[]
  const middle = all[1]?.CreationTime
  const list = async (request: object) => namesOf(await fixture.call('ListTrainingJobs', request))
  assert.deepEqual(await list({ CreationTimeAfter: middle }), ['job-3'])
  assert.deepEqual(await list({ CreationTimeBefore: middle }), ['job-1'])
  await fixture.call('StopTrainingJob', { TrainingJobName: 'job-1' })
  assert.deepEqual(await list({ LastModifiedTimeAfter: all[0]?.CreationTime }), ['job-1'])
  assert.deepEqual(await list({ LastModifiedTimeBefore: all[0]?.CreationTime, SortBy: 'Name' }), ['job-2'])
})

test('jobs are listed by what became of their warm pools, and nobody has a training plan', async () => {
  await using fixture = await sagemakerFixture()
  await createJobs(fixture, 1)
  const ResourceConfig = { ...MINIMAL.ResourceConfig, KeepAlivePeriodInSeconds: 60 }
  await fixture.call('CreateTrainingJob', { ...MINIMAL, TrainingJobName: 'warm', ResourceConfig })
  const list = async (request: object) => fixture.call('ListTrainingJobs', request)
  const [inUse] = (await list({ WarmPoolStatusEquals: 'InUse' }))['TrainingJobSummaries'] as object[]
  assert.deepEqual(inUse, { ...inUse, TrainingJobName: 'warm', WarmPoolStatus: { Status: 'InUse' } })
  const event = { kind: 'failed', reason: 'x' } as const
  await recordEvent(fixture.store, fixture.clock, { jobId: fixture.woken[1] ?? '', event })
  assert.deepEqual(namesOf(await list({ WarmPoolStatusEquals: 'InUse' })), [])
  assert.deepEqual(namesOf(await list({ WarmPoolStatusEquals: 'Available' })), [])
  assert.deepEqual(namesOf(await list({ WarmPoolStatusEquals: 'Terminated', StatusEquals: 'Failed' })), ['warm'])
  const [terminated] = (await list({ WarmPoolStatusEquals: 'Terminated' }))['TrainingJobSummaries'] as object[]
  const WarmPoolStatus = { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 0 }
  assert.deepEqual(terminated, { ...terminated, WarmPoolStatus })
  await fixture.call('CreateTrainingJob', { ...MINIMAL, TrainingJobName: 'kept', ResourceConfig })
  const jobId = fixture.woken.at(-1) ?? ''
  const record = (poolEvent: JobEvent) => recordEvent(fixture.store, fixture.clock, { jobId, event: poolEvent })
  await record({ kind: 'downloading' })
  await record({ kind: 'failed', reason: 'AlgorithmError: , exit code: 1' })
  assert.deepEqual(namesOf(await list({ WarmPoolStatusEquals: 'Available' })), ['kept'])
  await record({ kind: 'pool-reused', by: { jobId: 'b', name: 'next' } })
  assert.deepEqual(namesOf(await list({ WarmPoolStatusEquals: 'Available' })), [])
  const [reused] = (await list({ WarmPoolStatusEquals: 'Reused' }))['TrainingJobSummaries'] as object[]
  const taken = { Status: 'Reused', ResourceRetainedBillableTimeInSeconds: 0, ReusedByJob: 'next' }
  assert.deepEqual(reused, { ...reused, TrainingJobName: 'kept', WarmPoolStatus: taken })
  const plan = 'arn:aws:sagemaker:us-east-1:111122223333:training-plan/none'
  assert.deepEqual(namesOf(await list({ TrainingPlanArnEquals: plan })), [])
})

test('a token is refused with another order, other filters or as another text', async () => {
  await using fixture = await sagemakerFixture()
  await createJobs(fixture, 3)
  const { NextToken } = await fixture.call('ListTrainingJobs', { SortBy: 'Name', MaxResults: 1 })
  const next = await fixture.call('ListTrainingJobs', { SortBy: 'Name', NextToken, MaxResults: 2 })
  assert.deepEqual(namesOf(next), ['job-2', 'job-3'])
  const forged = Buffer.from('[2,"x"]').toString('base64url')
  for (const other of [{ NextToken }, { SortBy: 'Name', NextToken, CreationTimeAfter: 1 }, { NextToken: forged }]) {
    assert.equal((await fixture.refusal('ListTrainingJobs', other)).code, 'ValidationException')
  }
})

test('an unknown job is a ValidationException, not ResourceNotFound', async () => {
  await using fixture = await sagemakerFixture()
  for (const operation of ['DescribeTrainingJob', 'StopTrainingJob']) {
    const error = await fixture.refusal(operation, { TrainingJobName: 'none' })
    assert.deepEqual(
      [error.code, error.message, error.status],
      ['ValidationException', 'Requested resource not found.', 400],
    )
  }
})

test('Stop writes the intent at once, twice is once, and an ended job refuses it', async () => {
  await using fixture = await sagemakerFixture()
  await createJobs(fixture, 1)
  const stop = { TrainingJobName: 'JOB-1' }
  assert.equal(await fixture.call('StopTrainingJob', stop), undefined)
  assert.equal(await fixture.call('StopTrainingJob', stop), undefined)
  const described = await fixture.call('DescribeTrainingJob', stop)
  assert.equal(described['TrainingJobStatus'], 'Stopping')
  assert.equal((described['SecondaryStatusTransitions'] as object[]).length, 2)
  assert.equal(fixture.woken.length, 3)
  await recordEvent(fixture.store, fixture.clock, { jobId: fixture.woken[0] ?? '', event: { kind: 'finished' } })
  const error = await fixture.refusal('StopTrainingJob', stop)
  assert.deepEqual(
    [error.code, error.message],
    ['ValidationException', 'The request was rejected because the training job is in status Stopped.'],
  )
})
