import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { StopTrainingJobCommand, type CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SignedClient } from '../../src/client/signed-client.ts'
import { readIdentity } from '../../src/identity/identity.ts'
import type { JournalRecord } from '../../src/store/store.ts'
import { channelOf, ended, get, linesOf, printed, put, statusesOf, submit } from './clients.ts'
import { startTestServer, workspaces, type TestServer } from './test-server.ts'

const CONFIGURATION = 'rehearsals: { allow: true }\nstop: { grace: 10s }\nkeep: { failed: 0s }\n'
const RUN = ['Starting', 'Downloading', 'Training']
const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 300 },
} as const
const RETRIED = { RetryStrategy: { MaximumRetryAttempts: 1 } } as const
const INTERNAL = 'InternalServerError: We encountered an internal error. Please try again.'

/** Lines of the language, and what they do to a job that really runs. */
const LINES: readonly {
  readonly line: string
  readonly script: string
  readonly request?: Partial<CreateTrainingJobCommandInput>
  /** Whether `data` is brought in as the channel `in`. */
  readonly reads?: boolean
  readonly way: readonly string[]
  readonly reason?: string
  /** What the record said meanwhile, beside the usual. */
  readonly says?: readonly string[]
  readonly prints?: readonly string[]
  /** Whether there is an archive of its output. */
  readonly leaves?: boolean
}[] = [
  {
    line: 'interrupt@training+3s',
    // Of the two attempts only the second comes to its end.
    script: 'trap "echo asked to end; exit 1" TERM; sleep 5 & wait; echo whole',
    request: SPOT,
    way: [...RUN, 'Interrupted', ...RUN, 'Uploading', 'Completed'],
    prints: ['asked to end', 'whole'],
  },
  {
    line: 'lose@training+1s',
    // Nothing of the first attempt goes on: it would print its line.
    script: 'sleep 6; echo whole',
    request: RETRIED,
    way: [...RUN, 'Restarting', ...RUN, 'Uploading', 'Completed'],
    prints: ['whole'],
  },
  { line: 'lose@training+1s', script: 'sleep 60', way: [...RUN, 'Failed'], reason: INTERNAL, prints: [] },
  {
    line: 'kill@training+1s signal SEGV',
    script: 'sleep 60',
    way: [...RUN, 'Uploading', 'Failed'],
    reason: 'AlgorithmError: , exit code: 139',
  },
  {
    line: 'exit@training+1s code 3',
    script: 'echo kept > /opt/ml/output/data/kept; sleep 60',
    way: [...RUN, 'Uploading', 'Failed'],
    reason: 'AlgorithmError: , exit code: 3',
    leaves: true,
  },
  {
    line: 'capacity@start for 1s',
    script: 'echo whole',
    way: [...RUN, 'Uploading', 'Completed'],
    says: ['Insufficient capacity error from EC2 while launching instances, retrying!'],
    prints: ['whole'],
  },
  {
    line: 'unhealthy 2x',
    script: 'echo whole',
    way: [...RUN, 'Uploading', 'Completed'],
    says: ['Launched instance was unhealthy, replacing it!', 'Launched instance was unhealthy, replacing it!'],
    prints: ['whole'],
  },
  {
    line: 'fail-role',
    script: 'echo ran',
    way: ['Starting', 'Failed'],
    reason:
      'ClientError: TrainingHostAgent Initialization failed:InvalidInputException: SageMaker is unable to perform: sts:AssumeRole on the role. ' +
      "Check if you have a trust relationship for 'sagemaker.amazonaws.com' to assume the role.",
  },
  {
    line: 'fail-image',
    script: 'echo ran',
    way: ['Starting', 'Downloading', 'Failed'],
    reason:
      'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.',
    says: ['Downloading the training image'],
    prints: [],
  },
  {
    line: 'fail-store client',
    script: 'echo ran',
    reads: true,
    way: ['Starting', 'Downloading', 'Failed'],
    reason: 'ClientError: Data download failed:Unable to read the data (SlowDown: Please reduce your request rate.)',
    prints: [],
  },
  {
    line: 'fail-store; slow-store 10B/s',
    // A fault of the platform is tried again, and the second attempt has its data, in its own time.
    script: 'cat /opt/ml/input/data/in/text',
    request: RETRIED,
    reads: true,
    way: ['Starting', 'Downloading', 'Restarting', ...RUN, 'Uploading', 'Completed'],
    prints: ['0123456789'],
  },
  {
    line: 'fail-store write client',
    script: 'echo kept > /opt/ml/output/data/kept',
    way: [...RUN, 'Uploading', 'Failed'],
    reason:
      'ClientError: Artifact upload failed:Unable to write the artifacts (SlowDown: Please reduce your request rate.)',
    leaves: false,
  },
]

test('lines that break jobs break those that really run', async (t) => {
  await using server = await startTestServer({ configuration: CONFIGURATION })
  await put(server, 'data/text', '0123456789\n')
  for (const { line, script, request, reads, way, reason, says = [], prints, leaves } of LINES)
    await t.test(`${line}: ${way.join(', ')}`, async () => {
      const name = await submit(server, script, {
        ...request,
        ...(reads ? { InputDataConfig: [channelOf(server, 'in', 'data/')] } : {}),
        Environment: { TRAINYARD_REHEARSE: line },
      })
      const job = await ended(server, name)
      assert.deepEqual(statusesOf(job), way, job.FailureReason)
      assert.equal(job.FailureReason, reason)
      if (prints) assert.deepEqual((await linesOf(server, name)).toSorted(), prints.toSorted())
      const said = (await recordOf(server, name)).journal.map(({ data }) => data['message'])
      for (const message of new Set(says))
        assert.equal(said.filter((other) => other === message).length, says.filter((other) => other === message).length)
      const output = await get(server, `out/${name}/output/output.tar.gz`).catch(() => undefined)
      if (leaves !== undefined) assert.equal(output !== undefined, leaves)
    })
  await server.app.close()
  assert.deepEqual(await workspaces(server), [])
})

test('a command that really runs is not told to end, and is killed when its grace is over: hang@stopping', async () => {
  await using server = await startTestServer({ configuration: CONFIGURATION.replace('10s', '1s') })
  const name = await submit(server, 'trap "echo asked to end" TERM; echo began; while :; do sleep 1; done', {
    Environment: { TRAINYARD_REHEARSE: 'hang@stopping' },
  })
  await printed(server, name, 'began')
  await server.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  const job = await ended(server, name)
  assert.deepEqual(statusesOf(job), [...RUN, 'Stopping', 'Uploading', 'Stopped'])
  assert.deepEqual(await linesOf(server, name), ['began'])
  const [signal, ...others] = (await recordOf(server, name)).rehearsal.signals
  assert.deepEqual(others, [])
  assert.deepEqual([signal?.answered, signal?.withheld], [false, true])
  assert.ok((signal?.tookMs ?? 0) >= 1000)
})

test('what a job asks of S3 itself fails and is slow as the line says, and what others ask is not', async () => {
  await using server = await startTestServer({ configuration: CONFIGURATION })
  const text = 'x'.repeat(600)
  await put(server, 'data/text', text)
  const name = await submit(server, 'echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN; sleep 600', {
    Environment: {
      // Reading fails twice, and is tried again by clients; writing is forbidden once.
      TRAINYARD_REHEARSE: 'fail-store@training 2x; fail-store write@training client; slow-store 1KB/s',
    },
  })
  const [line = ''] = await firstLines(server, name)
  const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = line.split(' ')
  const region = await server.s3.config.region()
  const credentials = { accessKeyId, secretAccessKey, sessionToken }
  const job = new S3Client({ endpoint: server.app.url, region, credentials, maxAttempts: 1, forcePathStyle: true })
  const object = { Bucket: server.bucket, Key: 'data/text' }
  const code = (asked: Promise<unknown>) =>
    asked.then(
      () => 'done',
      ({ name: code }: Error) => code,
    )
  const begun = performance.now()
  assert.equal((await get(server, 'data/text')).toString(), text)
  assert.equal(await code(job.send(new GetObjectCommand(object))), 'SlowDown')
  assert.equal(await code(job.send(new ListObjectsV2Command({ Bucket: server.bucket }))), 'SlowDown')
  const { Body } = await job.send(new GetObjectCommand(object))
  assert.equal(await Body?.transformToString(), text)
  assert.equal(await code(job.send(new PutObjectCommand({ ...object, Body: 'y' }))), 'AccessDenied')
  assert.equal((await get(server, 'data/text')).toString(), text)
  assert.equal(await code(job.send(new PutObjectCommand({ ...object, Body: 'z'.repeat(600) }))), 'done')
  assert.equal((await get(server, 'data/text')).toString(), 'z'.repeat(600))
  assert.ok(performance.now() - begun >= 1100, 'a thousand bytes a second, there and back')
  job.destroy()
  await server.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  await ended(server, name)
  const made = (await recordOf(server, name)).journal.filter(({ kind }) => kind === 'rehearsed')
  assert.deepEqual(made.map(({ data }) => String(data['text'])).toSorted(), [
    'fail-store write@training client',
    'fail-store@training 2x',
    'fail-store@training 2x',
    'slow-store 1KB/s',
  ])
})

/** Of a job that has printed something. */
async function firstLines(server: TestServer, name: string): Promise<string[]> {
  for (;;) {
    const lines = await linesOf(server, name).catch((): string[] => [])
    if (lines.length > 0) return lines
  }
}

interface Rehearsed {
  readonly journal: readonly Pick<JournalRecord, 'kind' | 'data'>[]
  readonly rehearsal: {
    readonly signals: readonly { readonly answered: boolean; readonly withheld: boolean; readonly tookMs: number }[]
  }
}

/** `GET /-/jobs/NAME` */
async function recordOf(server: TestServer, name: string): Promise<Rehearsed> {
  const identity = await readIdentity(join(server.data, 'identity.json'))
  assert.ok(identity)
  const client = new SignedClient({ endpoint: server.app.url, region: identity.region, credentials: identity })
  try {
    return (await client.own(`/-/jobs/${name}`)) as Rehearsed
  } finally {
    await client.close()
  }
}
