import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { CreateTrainingJobCommand, DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker'
import { pino } from 'pino'
import { startApp } from '../../src/app.ts'
import { ServiceError } from '../../src/client/client-errors.ts'
import { SignedClient } from '../../src/client/signed-client.ts'
import { RealClock } from '../../src/clock/real-clock.ts'
import { readIdentity, type Identity } from '../../src/identity/identity.ts'
import { startTrainyard } from '../../src/testing/start-trainyard.ts'
import { temporaryFolder } from '../cli/temporary-folder.ts'
import { atEnd } from '../support/at-end.ts'

const OPTIONS = {
  host: '127.0.0.1',
  port: 0,
  insecure: false,
  runtime: 'simulated',
  hold: false,
  environment: {},
} as const

async function serve(t: TestContext, data: string): Promise<{ readonly url: string; readonly identity: Identity }> {
  const app = await startApp({ ...OPTIONS, data, clock: new RealClock(), log: pino({ level: 'silent' }) })
  atEnd(t, () => app.close())
  const identity = await readIdentity(join(data, 'identity.json'))
  assert.ok(identity)
  return { url: app.url, identity }
}

function clientOf(
  t: TestContext,
  endpoint: string,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): SignedClient {
  const client = new SignedClient({ endpoint, region: 'us-east-1', credentials })
  atEnd(t, () => client.close())
  return client
}

function refused(request: Promise<unknown>, expected: RegExp): Promise<void> {
  return assert.rejects(request, (error) => {
    assert.ok(error instanceof ServiceError, String(error))
    assert.match(`${error.code}: ${error.message}`, expected)
    return true
  })
}

test('Plans are put, listed and removed by who owns the server, and by nobody else', async (t) => {
  const { url, identity } = await serve(t, join(temporaryFolder(t), 'data'))
  const owner = clientOf(t, url, identity)
  const put = (name: string, input: object, client = owner) => client.own(`/-/plans/${name}`, { method: 'PUT', input })
  const plan = { kind: 'simulate', text: 'run 5d; log "caf\u00e9"' }
  assert.deepEqual(await put('five-days', plan), { name: 'five-days', ...plan })
  assert.deepEqual(await owner.own('/-/plans'), { plans: [{ name: 'five-days', ...plan, configured: false }] })

  await refused(
    put('p', { kind: 'simulate', text: 'run fast' }),
    /^ValidationException: The plan cannot be read: .*character 5:\n {2}run fast\n {6}\^/,
  )
  await refused(put('p', { kind: 'dream', text: 'x' }), /^ValidationException/)
  await refused(put('a%20b', plan), /^ValidationException: A plan's name/)
  await refused(owner.own('/-/plans/five-days', { method: 'DELETE' }), /^ValidationException: Say which/)
  for (const [kind, account] of [
    ['read-only', identity.account],
    ['owner', '222233334444'],
  ] as const) {
    const made = await owner.own('/-/keys', { method: 'POST', input: { kind, account } })
    const other = clientOf(t, url, made as Identity)
    await refused(put('p', plan, other), /^AccessDenied/)
    await refused(other.own('/-/plans'), /^AccessDenied/)
    await refused(other.own('/-/plans/five-days', { method: 'DELETE', query: 'kind=simulate' }), /^AccessDenied/)
  }
  await owner.own('/-/plans/five-days', { method: 'DELETE', query: 'kind=simulate' })
  await refused(owner.own('/-/plans/five-days', { method: 'DELETE', query: 'kind=simulate' }), /^NoSuchEntity/)
})

test('Jobs name plans by @NAME: the one of how they are played, and the one that they are broken by', async (t) => {
  const server = await startTrainyard({ configuration: 'rehearsals: { allow: true }\n' })
  atEnd(t, () => server.close())
  const owner = clientOf(t, server.endpoint, server.credentials)
  const sagemaker = new SageMakerClient(server)
  atEnd(t, () => sagemaker.destroy())
  const put = (kind: string, text: string) => owner.own('/-/plans/bad-day', { method: 'PUT', input: { kind, text } })
  const create = (TrainingJobName: string, Environment: Record<string, string>) =>
    sagemaker.send(
      new CreateTrainingJobCommand({
        TrainingJobName,
        RoleArn: 'arn:aws:iam::111122223333:role/Role',
        AlgorithmSpecification: { TrainingImage: 'any', TrainingInputMode: 'File' },
        OutputDataConfig: { S3OutputPath: `s3://${server.bucket}/out` },
        ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 600 },
        Environment,
      }),
    )
  const both = { TRAINYARD_SIMULATE: '@bad-day', TRAINYARD_REHEARSE: '@bad-day' }
  await assert.rejects(create('too-early', both), /names a plan|names the plan/)

  // Of each kind one of the same name: the job fails a minute after its command began, unless it is broken before.
  await put('simulate', 'exit 7 at 1m; failure "as planned"')
  await put('rehearse', 'stop@training+10s')
  await create('played', { TRAINYARD_SIMULATE: '@bad-day' })
  await create('broken', both)
  // What it is broken by was settled when it was created.
  await put('rehearse', 'stop@downloading')
  await create('later', both)
  await owner.own('/-/plans/bad-day', { method: 'DELETE', query: 'kind=rehearse' })
  await assert.rejects(
    create('too-late', both),
    /TRAINYARD_REHEARSE in Environment names a plan that this server does not keep: @bad-day/,
  )
  assert.ok(await server.runUntilIdle())

  const endOf = async (TrainingJobName: string) => {
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName }))
    const statuses = job.SecondaryStatusTransitions?.map(({ Status }) => Status)
    return [statuses?.join(' '), job.TrainingTimeInSeconds, job.FailureReason]
  }
  assert.deepEqual(await endOf('played'), [
    'Starting Downloading Training Uploading Failed',
    63,
    'AlgorithmError: as planned, exit code: 7',
  ])
  assert.deepEqual(await endOf('broken'), ['Starting Downloading Training Stopping Uploading Stopped', 13, undefined])
  assert.deepEqual(await endOf('later'), ['Starting Downloading Stopping Stopped', 1, undefined])
})

test('A plan of the configuration that cannot be read stops the start and says where', async (t) => {
  const data = temporaryFolder(t)
  writeFileSync(join(data, 'trainyard.yaml'), 'plans:\n  good: run 3h\n  bad: run soon\n')
  const start = startApp({ ...OPTIONS, data, clock: new RealClock(), log: pino({ level: 'silent' }) })
  await assert.rejects(start, /trainyard\.yaml: the plan bad: Expected a duration .*character 5/)
})
