import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINIMAL, sagemakerFixture, type SageMakerFixture } from './sagemaker-fixture.ts'

const ARN = 'arn:aws:sagemaker:us-east-1:111122223333:training-job/job-1'

async function tagged(): Promise<SageMakerFixture> {
  const fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', { ...MINIMAL, Tags: [{ Key: 'team', Value: 'a' }] })
  return fixture
}

test('tags are added, changed, listed and deleted by the ARN, in any case', async () => {
  await using fixture = await tagged()
  const added = await fixture.call('AddTags', {
    ResourceArn: ARN.replace('job-1', 'JOB-1'),
    Tags: [
      { Key: 'team', Value: 'b' },
      { Key: 'Stage', Value: '' },
    ],
  })
  const both = [
    { Key: 'Stage', Value: '' },
    { Key: 'team', Value: 'b' },
  ]
  assert.deepEqual(added, { Tags: both })
  assert.deepEqual(await fixture.call('ListTags', { ResourceArn: ARN, MaxResults: 50 }), { Tags: both })
  assert.deepEqual(await fixture.call('DeleteTags', { ResourceArn: ARN, TagKeys: ['team', 'none'] }), {})
  assert.deepEqual(await fixture.call('ListTags', { ResourceArn: ARN }), { Tags: both.slice(0, 1) })
  const job = await fixture.store.jobByName({ account: '111122223333', region: 'us-east-1' }, 'job-1')
  const journal = await fixture.store.journal({ jobId: job?.id ?? '', after: 0, limit: 9 })
  assert.deepEqual(
    journal.map(({ kind }) => kind),
    ['created', 'tags-added', 'tags-deleted'],
  )
})

test('a job has fifty tags at the most, and what would be more changes nothing', async () => {
  await using fixture = await tagged()
  const Tags = Array.from({ length: 49 }, (_, number) => ({ Key: `k${number}`, Value: 'v' }))
  await fixture.call('AddTags', { ResourceArn: ARN, Tags })
  const error = await fixture.refusal('AddTags', {
    ResourceArn: ARN,
    Tags: [
      { Key: 'k1', Value: 'changed' },
      { Key: 'k50', Value: 'v' },
    ],
  })
  assert.deepEqual(
    [error.code, error.message],
    ['ValidationException', 'A resource can have 50 tags; this one would have 51.'],
  )
  await fixture.call('AddTags', { ResourceArn: ARN, Tags: [{ Key: 'k2', Value: 'changed' }] })
  const { Tags: listed } = await fixture.call('ListTags', { ResourceArn: ARN })
  const changed = (listed as { Key: string; Value: string }[]).filter(({ Value }) => Value === 'changed')
  assert.deepEqual([(listed as object[]).length, changed], [50, [{ Key: 'k2', Value: 'changed' }]])
})

test('a key given twice and a reserved key are refused as by Create', async () => {
  await using fixture = await tagged()
  const add = (...Tags: object[]) => fixture.refusal('AddTags', { ResourceArn: ARN, Tags })
  assert.equal((await add({ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' })).message, 'Duplicate tag key: a')
  assert.match((await add({ Key: 'AWS:x', Value: '1' })).message, /begins with aws:, which is reserved/)
})

test('an ARN of another job, account, region or resource is not found', async () => {
  await using fixture = await tagged()
  const others = [
    ARN.replace('job-1', 'job-2'),
    ARN.replace('111122223333', '999988887777'),
    ARN.replace('us-east-1', 'eu-west-1'),
    ARN.replace('training-job', 'model'),
  ]
  for (const ResourceArn of others) {
    for (const [operation, members] of [
      ['AddTags', { Tags: [] }],
      ['ListTags', {}],
      ['DeleteTags', { TagKeys: ['team'] }],
    ] as const) {
      const error = await fixture.refusal(operation, { ResourceArn, ...members })
      assert.deepEqual([error.code, error.message], ['ValidationException', 'Requested resource not found.'])
    }
  }
  const { code } = await fixture.refusal('ListTags', { ResourceArn: ARN, NextToken: 'x' })
  assert.equal(code, 'ValidationException')
})
