import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rehearsalOfRequest } from '../../../src/rehearsal/rehearsal-of-request.ts'
import { parseJobRequest } from '../../../src/supervisor/job-request.ts'
import { MINIMAL, sagemakerFixture } from './sagemaker-fixture.ts'

const createRequest = (name: string, overrides: object) => ({ ...MINIMAL, TrainingJobName: name, ...overrides })
const environment = (TRAINYARD_REHEARSE: string) => ({ Environment: { TRAINYARD_REHEARSE } })

test('A job that is to be broken has its plan in its journal from its creation on', async () => {
  await using fixture = await sagemakerFixture()
  await fixture.call('CreateTrainingJob', createRequest('job-1', environment('interrupt@training+30s')))
  const job = await fixture.store.jobByName({ account: '111122223333', region: 'us-east-1' }, 'job-1')
  const journal = await fixture.store.journal({ jobId: job?.id ?? '', after: 0, limit: 10 })
  assert.deepEqual(journal.find(({ kind }) => kind === 'rehearsal')?.data, { plan: 'interrupt@training+30s' })
})

test('A plan that cannot be read, or breaks a host that is not there, is refused by Create and points at the character', async () => {
  await using fixture = await sagemakerFixture()
  const bad = await fixture.refusal('CreateTrainingJob', createRequest('job-1', environment('interrupt@traning')))
  assert.equal(bad.code, 'ValidationException')
  assert.match(bad.message, /^TRAINYARD_REHEARSE in Environment cannot be read: Expected a stage.*at character 11:\n/)
  const host = await fixture.refusal('CreateTrainingJob', createRequest('job-1', environment('lose algo-2@training')))
  assert.match(host.message, /Expected algo-1, the only host of this job, and this is "algo-2", at character 6:/)
})

test('A server that allows no rehearsals says how they are allowed, and one that keeps no such plan where to look', () => {
  const request = parseJobRequest(JSON.stringify(environment('@spot')))
  const plans = {
    find: (_kind: string, name: string) =>
      name === 'spot' ? ({ kind: 'rehearse', name, text: 'interrupt@training 2x' } as const) : undefined,
  }
  const admission = { allowed: true, plans, configurationFile: '/data/trainyard.yaml' }
  assert.equal(rehearsalOfRequest(request, admission), 'interrupt@training 2x')
  assert.throws(
    () => rehearsalOfRequest(request, { ...admission, allowed: false }),
    /does not allow: start it with --allow-rehearsals/,
  )
  assert.throws(
    () => rehearsalOfRequest(parseJobRequest(JSON.stringify(environment('@other'))), admission),
    /names a plan that this server does not keep: @other/,
  )
  assert.equal(rehearsalOfRequest(parseJobRequest('{}'), { ...admission, allowed: false }), undefined)
})
