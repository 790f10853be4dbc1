import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobRecord } from '../../../src/operations/own/job-record.ts'
import { AwsError } from '../../../src/protocol/errors.ts'
import { recordEvent } from '../../../src/store/record-event.ts'
import { MINIMAL, sagemakerFixture } from '../sagemaker/sagemaker-fixture.ts'
import { testCall } from '../test-call.ts'

test('the record of a job has what Describe says, what is not honoured, what is not known, and the journal', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', { ...MINIMAL, Novelty: 1, ProfilerConfig: { DisableProfiler: false } })
  await fixture.call('StopTrainingJob', { TrainingJobName: 'Job-1' })
  const { status, body } = await jobRecord({ ...fixture, logsFolder: '/logs' })(
    { parameters: { name: 'job-1' } },
    testCall(),
  )
  const record = body as { job: object; notHonoured: { member: string }[]; journal: { kind: string }[] }
  assert.equal(status, 200)
  assert.deepEqual(record.job, await fixture.call('DescribeTrainingJob', { TrainingJobName: 'Job-1' }))
  assert.deepEqual(
    record.notHonoured.map(({ member }) => member),
    ['ResourceConfig.VolumeSizeInGB', 'ProfilerConfig'],
  )
  assert.deepEqual((body as { unknownMembers: string[] }).unknownMembers, ['Novelty'])
  assert.deepEqual(
    record.journal.map(({ kind }) => kind),
    ['created', 'stop-requested'],
  )
})

test('the record of a job that has its place says which part of the machine that is', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', MINIMAL)
  const record = async () =>
    (await jobRecord({ ...fixture, logsFolder: '/logs' })({ parameters: { name: 'job-1' } }, testCall())).body
  assert.ok(!('placement' in Object(await record())))
  const host = { host: 'algo-1', instanceType: 'ml.m5.large', cpus: 1, memory: 2 ** 30, gpus: [] }
  const placement = { since: 1_700_000_000_200, spot: false, hosts: [host] }
  const [jobId = ''] = fixture.woken
  await recordEvent(fixture.store, fixture.clock, { jobId, event: { kind: 'preparing', placement } })
  assert.deepEqual(((await record()) as { placement: object }).placement, placement)
})

test('the record of a job of another account, another region or none at all is not there', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', MINIMAL)
  const { principal } = testCall()
  const strangers = [
    { name: 'job-1', call: { ...testCall(), principal: { ...principal, account: '999999999999' } } },
    { name: 'job-1', call: { ...testCall(), region: 'eu-west-1' } },
    { name: 'job-2', call: testCall() },
  ]
  for (const { name, call } of strangers) {
    await assert.rejects(
      jobRecord({ ...fixture, logsFolder: '/logs' })({ parameters: { name } }, call),
      (error) => error instanceof AwsError && error.message === 'Requested resource not found.',
    )
  }
})
