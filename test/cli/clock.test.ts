import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { SignedClient } from '../../src/client/signed-client.ts'
import { readIdentity } from '../../src/identity/identity.ts'
import { atEnd } from '../support/at-end.ts'
import { serve, trainyard } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function clientOf(t: TestContext, data: string, url: string): Promise<SignedClient> {
  const credentials = await readIdentity(join(data, 'identity.json'))
  assert.ok(credentials)
  const client = new SignedClient({ endpoint: url, region: 'us-east-1', credentials })
  atEnd(t, () => client.close())
  return client
}

function create(client: SignedClient, bucket: string): Promise<unknown> {
  return client.call('sagemaker', 'CreateTrainingJob', {
    TrainingJobName: 'j',
    RoleArn: 'arn:aws:iam::111122223333:role/Role',
    AlgorithmSpecification: { TrainingImage: 'any', TrainingInputMode: 'File' },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 864_000 },
    Environment: { TRAINYARD_SIMULATE: 'launch 1s; download 1s; run 5d; collect 1s' },
  })
}

test('A server with virtual time plays five days at once, and its time goes on where it ended', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const first = await serve(t, data, {}, '--runtime', 'simulated', '--clock', 'virtual')
  const client = await clientOf(t, data, first.url)
  const identity = await readIdentity(join(data, 'identity.json'))
  await create(client, identity?.defaultBucket ?? '')
  const { now } = (await client.own('/-/clock')) as { readonly now: number }
  await client.own('/-/clock/advance', { method: 'POST', input: { by: '3d' } })
  assert.deepEqual(await client.own('/-/jobs/j/interrupt', { method: 'POST' }), { interrupted: true })
  const answer = await client.own('/-/clock/run-until-idle', { method: 'POST' })
  assert.deepEqual(answer, { now: now + (3 + 5) * 86_400_000 + 3000, idle: true })
  await first.stop()
  const second = await serve(t, data, {}, '--runtime', 'simulated', '--clock', 'virtual')
  const again = await clientOf(t, data, second.url)
  assert.deepEqual(await again.own('/-/clock'), { now: now + 8 * 86_400_000 + 3000, virtual: true })
})

for (const clock of ['virtual', '100000x'])
  test(`A server with --clock ${clock} that was killed goes on no earlier than its record`, async (t) => {
    const data = join(temporaryFolder(t), 'data')
    const options = ['--runtime', 'simulated', '--clock', clock]
    const first = await serve(t, data, {}, ...options)
    const client = await clientOf(t, data, first.url)
    const identity = await readIdentity(join(data, 'identity.json'))
    await create(client, identity?.defaultBucket ?? '')
    if (clock === 'virtual') await client.own('/-/clock/run-until-idle', { method: 'POST' })
    let ended = 0
    while (ended === 0) {
      const answer = await client.call('sagemaker', 'DescribeTrainingJob', { TrainingJobName: 'j' })
      ended = (answer as { readonly TrainingEndTime?: number }).TrainingEndTime ?? 0
    }
    await first.kill()
    // As it is before the first clean stop, or a kill before it is written.
    rmSync(join(data, 'clock.json'), { force: true })
    const second = await serve(t, data, {}, ...options)
    const again = await clientOf(t, data, second.url)
    const { now } = (await again.own('/-/clock')) as { readonly now: number }
    assert.ok(now >= ended * 1000, `${now} is before ${ended * 1000}`)
  })

test('A server whose time goes by itself says so when it is to be moved', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { url } = await serve(t, data, {}, '--runtime', 'simulated', '--clock', '60x')
  const client = await clientOf(t, data, url)
  const message = /Time goes by itself on this server.*--clock virtual/
  await assert.rejects(client.own('/-/clock/advance', { method: 'POST', input: { by: '5d' } }), { message })
  await assert.rejects(client.own('/-/clock/run-until-idle', { method: 'POST' }), { message })
  assert.equal(((await client.own('/-/clock')) as { readonly virtual: boolean }).virtual, false)
})

test('Job time of jobs that really run is real, and a clock that is none is refused', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const really = await trainyard(['serve', '--clock', 'virtual', '--data', data])
  assert.equal(really.code, EXIT_CODES.usage.code)
  assert.match(really.stderr, /--clock needs --runtime simulated/)
  for (const clock of ['0x', 'fast', '-1x', '60']) {
    const { code, stderr } = await trainyard(['serve', '--runtime', 'simulated', '--clock', clock, '--data', data])
    assert.equal(code, EXIT_CODES.usage.code)
    assert.match(stderr, /Give real, virtual, or a factor such as 60x/)
  }
})
