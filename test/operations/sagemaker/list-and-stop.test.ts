import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('a filter or sort that is not built is refused by its name', async () => {
  await using fixture = await sagemakerFixture()
  for (const request of [{ SortBy: 'Name' }, { CreationTimeAfter: 1 }, { WarmPoolStatusEquals: 'InUse' }]) {
    const error = await fixture.refusal('ListTrainingJobs', request)
    assert.equal(error.code, 'ValidationException')
    assert.ok(error.message.startsWith(`${Object.keys(request)[0]} `), error.message)
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
