import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { MESSAGES } from '../../src/lifecycle/messages.ts'
import type { Instance, InstanceEnd } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import { statusesOf, supervisorFixture } from '../supervisor/supervisor-fixture.ts'
import { bound, withInstance } from '../supervisor/with-instance.ts'

const RUNS = ['Starting', 'Downloading', 'Training']
const UPLOADS = ['Uploading']
const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 300 },
}
const RETRIED = { RetryStrategy: { MaximumRetryAttempts: 1 } }
const PROCESSORS = { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } }
const ACCELERATED = { ResourceConfig: { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 1, VolumeSizeInGB: 1 } }
const INTERNAL = /^InternalServerError: We encountered an internal error\. Please try again\.$/

/** Each line of the guide's table: the section of the behaviour page, the plan, what the job asks for besides, its way and its reason. */
const ENDINGS: readonly {
  readonly section: string
  readonly plan: string
  readonly request?: object
  readonly way: readonly string[]
  readonly reason?: RegExp
  /** A message that the record showed meanwhile. */
  readonly says?: string
  /** It is the second of two that are alike, and lands on what the first has left. */
  readonly follows?: boolean
}[] = [
  { section: '1.4.2', plan: 'hang@stopping', way: [...RUNS, ...UPLOADS, 'Completed'] },
  {
    section: '1.4.3',
    plan: 'capacity@start for 2m',
    request: ACCELERATED,
    says: MESSAGES.waitingForCapacity,
    way: ['Starting', 'Pending', 'Downloading', 'Training', ...UPLOADS, 'Completed'],
  },
  {
    section: '1.4.5 capacity',
    plan: 'capacity@start never',
    way: ['Starting', 'Failed'],
    reason: /^CapacityError: Unable to provision requested ML compute capacity\./,
  },
  {
    section: '1.4.5 role',
    plan: 'fail-role',
    way: ['Starting', 'Failed'],
    reason: /^ClientError: TrainingHostAgent Initialization failed:.* unable to perform: sts:AssumeRole on the role\./,
  },
  {
    section: '1.4.5 download',
    plan: 'fail-store client',
    request: {
      InputDataConfig: [
        { ChannelName: 'training', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/in' } } },
      ],
    },
    way: ['Starting', 'Downloading', 'Failed'],
    reason: /^ClientError: Data download failed:Unable to read the data \(SlowDown/,
  },
  {
    section: '1.4.5 image',
    plan: 'fail-image',
    says: MESSAGES.downloadingImage,
    way: ['Starting', 'Downloading', 'Failed'],
    reason:
      /^ClientError: Cannot pull algorithm container\. Either the image does not exist or its permissions are incorrect\.$/,
  },
  {
    section: '1.4.5 exit',
    plan: 'exit@training+2s code 3',
    way: [...RUNS, ...UPLOADS, 'Failed'],
    reason: /^AlgorithmError: , exit code: 3$/,
  },
  {
    section: '1.4.5 kill',
    plan: 'kill@training+2s signal SEGV',
    way: [...RUNS, ...UPLOADS, 'Failed'],
    reason: /^AlgorithmError: , exit code: 139$/,
  },
  {
    section: '1.4.5 memory',
    plan: 'oom@training+2s',
    way: [...RUNS, ...UPLOADS, 'Failed'],
    reason: /^ClientError: Please use an instance type with more memory/,
  },
  {
    section: '1.4.5 upload',
    plan: 'fail-store write client',
    way: [...RUNS, ...UPLOADS, 'Failed'],
    reason: /^ClientError: Artifact upload failed:Unable to write the artifacts \(SlowDown/,
  },
  { section: '1.4.5 platform, starting', plan: 'fail@start', way: ['Starting', 'Failed'], reason: INTERNAL },
  {
    section: '1.4.5 platform, downloading',
    plan: 'fail@downloading+1s',
    way: ['Starting', 'Downloading', 'Failed'],
    reason: INTERNAL,
  },
  { section: '1.4.5 platform, training', plan: 'fail@training+1s', way: [...RUNS, 'Failed'], reason: INTERNAL },
  {
    section: '1.4.5 platform, uploading',
    plan: 'fail@uploading',
    way: [...RUNS, ...UPLOADS, 'Failed'],
    reason: INTERNAL,
  },
  { section: '1.4.6 starting', plan: 'stop@start', way: ['Starting', 'Stopping', 'Stopped'] },
  {
    section: '1.4.6 pending',
    plan: 'capacity@start for good; stop@start+1s',
    request: ACCELERATED,
    says: MESSAGES.waitingForCapacity,
    way: ['Starting', 'Pending', 'Stopping', 'Stopped'],
  },
  {
    section: '1.4.6 downloading',
    plan: 'stop@downloading+1s',
    way: ['Starting', 'Downloading', 'Stopping', 'Stopped'],
  },
  { section: '1.4.6 training', plan: 'stop@training+1s', way: [...RUNS, 'Stopping', ...UPLOADS, 'Stopped'] },
  { section: '1.4.6 uploading', plan: 'stop@uploading', way: [...RUNS, ...UPLOADS, 'Stopped'] },
  {
    section: '1.4.7',
    plan: 'limit max-runtime@training+1s',
    way: [...RUNS, 'Stopping', ...UPLOADS, 'MaxRuntimeExceeded'],
  },
  {
    section: '1.4.8 once',
    plan: 'interrupt@training+3s',
    request: SPOT,
    way: [...RUNS, 'Interrupted', ...RUNS, ...UPLOADS, 'Completed'],
  },
  {
    section: '1.4.8 twice',
    plan: 'interrupt@training+3s 2x; limit max-wait@training+4s',
    request: SPOT,
    way: [
      ...[...RUNS, 'Interrupted', ...RUNS, 'Interrupted', ...RUNS],
      ...['Stopping', ...UPLOADS, 'MaxWaitTimeExceeded'],
    ],
  },
  {
    section: '1.4.8 while it waits',
    plan: 'interrupt@training+3s; capacity@interrupted for 10m',
    request: SPOT,
    way: [...RUNS, 'Interrupted', 'Stopping', 'MaxWaitTimeExceeded'],
  },
  {
    section: '1.4.8 never launched',
    plan: 'capacity@start for good',
    request: SPOT,
    way: ['Starting', 'Stopping', 'MaxWaitTimeExceeded'],
  },
  {
    section: '1.4.9 capacity',
    plan: 'capacity@start for 2m',
    request: PROCESSORS,
    says: MESSAGES.insufficientCapacity,
    way: [...RUNS, ...UPLOADS, 'Completed'],
  },
  {
    section: '1.4.9 unhealthy',
    plan: 'unhealthy 2x',
    says: MESSAGES.unhealthy,
    way: [...RUNS, ...UPLOADS, 'Completed'],
  },
  {
    section: '1.4.10',
    plan: 'lose@training+2s',
    request: RETRIED,
    way: [...RUNS, 'Restarting', ...RUNS, ...UPLOADS, 'Completed'],
  },
  {
    section: '1.4.10 exhausted',
    plan: 'lose@training+2s 2x',
    request: RETRIED,
    way: [...RUNS, 'Restarting', ...RUNS, 'Failed'],
    reason: INTERNAL,
  },
  {
    section: '1.4.11',
    plan: 'hang@stopping',
    request: { ResourceConfig: { ...PROCESSORS.ResourceConfig, KeepAlivePeriodInSeconds: 600 } },
    follows: true,
    says: MESSAGES.retained,
    way: [...RUNS, ...UPLOADS, 'Completed'],
  },
  { section: '1.4.12', plan: 'exit@training code 0', way: [...RUNS, ...UPLOADS, 'Completed'] },
  { section: '1.4.13', plan: 'limit max-pending@start', way: ['Starting', 'Stopping', 'Stopped'] },
]

test('The guide has each of these lines, with the way that it leads', () => {
  const guide = readFileSync(new URL('../../docs/guides/rehearse-your-job.md', import.meta.url), 'utf8')
  const table = guide.split('\n').filter((line) => line.startsWith('| 1.4.'))
  assert.deepEqual(
    table.map((line) => line.split(' | ').slice(1).join(' | ')),
    ENDINGS.map(({ plan, way }) => `\`${plan}\` | ${way.join(', ')} |`),
  )
})

for (const { section, plan, request, way, reason, says, follows } of ENDINGS) {
  test(`${section}: one line, "${plan}", and the job ends as it does on AWS`, async () => {
    await using yard = await supervisorFixture({ rehearsals: true })
    await yard.objects.put('bucket', 'in/data', body(), { metadata: {} })
    const before = follows ? await yard.submit(request, plan) : undefined
    if (before !== undefined) await yard.ended(before)
    const id = await yard.submit(request, plan)
    const end = await yard.ended(id)
    assert.deepEqual(statusesOf(end), way)
    if (before !== undefined) assert.equal((await yard.state(before)).warmPool?.status, 'Reused')
    if (reason) assert.match(end.failureReason ?? '', reason)
    else assert.equal(end.failureReason, undefined)
    const journal = await yard.store.journal({ jobId: id, after: 0, limit: 1000 })
    assert.equal(journal.filter(({ kind }) => kind === 'rehearsal-report').length, 1)
    if (says !== undefined)
      assert.ok(
        journal.some(({ data }) => data['message'] === says),
        says,
      )
    // The normal way is had by what has no occasion to happen.
    assert.equal(
      journal.some(({ kind }) => kind === 'rehearsed'),
      plan !== 'hang@stopping',
    )
  })
}

async function* body() {
  yield Buffer.from('x'.repeat(1000))
}

test('A plan is carried out as often as it says, also by a server that starts again in the middle of it', async () => {
  await using yard = await supervisorFixture({ rehearsals: true })
  const id = await yard.submit(SPOT, 'interrupt@training+3s 2x')
  let restarts = 0
  for (let step = 0; (await yard.state(id)).trainingEndTime === undefined; step++) {
    await yard.clock.advance(700)
    if (step % 3 === 0 && restarts++ < 20) await yard.restart()
  }
  const end = await yard.state(id)
  assert.equal(statusesOf(end).filter((status) => status === 'Interrupted').length, 2)
  assert.equal(end.secondaryStatus, 'Completed')
  const journal = await yard.store.journal({ jobId: id, after: 0, limit: 1000 })
  assert.equal(journal.filter(({ kind }) => kind === 'rehearsed').length, 2)
})

test('What was made before the server died is done by the next one, also where something else was made after it', async () => {
  await using yard = await supervisorFixture({ rehearsals: true })
  const id = await yard.submit(SPOT, 'interrupt@training+3s; exit@training+3s code 3')
  await yard.clock.advance(4000)
  const { transitions, attempt } = await yard.state(id)
  const visit = transitions.find(({ status }) => status === 'Training')?.startTime
  const time = yard.clock.now()
  await yard.restart(undefined, () =>
    yard.store.appendJournal(
      id,
      [0, 1].map((index) => ({ kind: 'rehearsed', time, data: { index, attempt, visit } })),
    ),
  )
  assert.equal((await yard.state(id)).secondaryStatus, 'Interrupted')
  assert.equal((await yard.ended(id)).secondaryStatus, 'Completed')
})

test('A command that is not sent SIGTERM is killed at the end of its grace, and the report says so', async () => {
  await using yard = await supervisorFixture({ rehearsals: true })
  const id = await yard.submit({}, 'hang@stopping')
  await yard.clock.advance(4000)
  await yard.stop(id)
  const end = await yard.ended(id)
  const stopping = end.transitions.find(({ status }) => status === 'Stopping')
  // The command would have gone on for 5 s; what comes to its own end is not kept.
  assert.equal(end.secondaryStatus, 'Stopped')
  assert.ok((stopping?.endTime ?? 0) - (stopping?.startTime ?? 0) >= 3000)
  const journal = await yard.store.journal({ jobId: id, after: 0, limit: 1000 })
  const [signal] = journal.filter(({ kind }) => kind === 'rehearsal-stop')
  assert.equal(signal?.data['withheld'], true)
  assert.equal(signal?.data['answered'], false)
})

test('A lost host ends the others, and the report tells which host it was and when', async () => {
  await using yard = await supervisorFixture({ rehearsals: true, runtime: (clock) => new SimulatedRuntime(clock) })
  const id = await yard.submit(
    { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } },
    'lose algo-2@training+2s',
  )
  const end = await yard.ended(id)
  assert.deepEqual(statusesOf(end), [...RUNS, 'Failed'])
  const journal = await yard.store.journal({ jobId: id, after: 0, limit: 1000 })
  const failed = journal.find(({ kind }) => kind === 'instance-failed')
  assert.equal(failed?.data['host'], 'algo-2')
  const made = journal.find(({ kind }) => kind === 'rehearsed')
  const training = end.transitions.find(({ status }) => status === 'Training')
  assert.equal(made?.time, (training?.startTime ?? 0) + 2000)
})

test('A slow object store makes the download last as long as its bytes take', async () => {
  await using yard = await supervisorFixture({ rehearsals: true })
  await yard.objects.put('bucket', 'in/data', body(), { metadata: {} })
  const channel = {
    ChannelName: 'training',
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/in' } },
  }
  const id = await yard.submit({ InputDataConfig: [channel] }, 'slow-store 50B/s')
  const end = await yard.ended(id)
  const downloading = end.transitions.find(({ status }) => status === 'Downloading')
  assert.ok((downloading?.endTime ?? 0) - (downloading?.startTime ?? 0) >= 20_000)
  assert.equal(end.secondaryStatus, 'Completed')
})

test('A command that a rehearsal has ended has ended as that says, however often it is asked for, also of a runtime that knows its own end at once', async () => {
  const remembered = (instance: Instance): Instance => {
    let known: InstanceEnd | undefined
    const wait: Instance['wait'] = async (options) => (known ??= await instance.wait(options))
    return { ...bound(instance, 'wait'), wait }
  }
  await using fixture = await supervisorFixture({
    rehearsals: true,
    runtime: (clock) => {
      const instances = new Map<string, Instance>()
      return withInstance(new SimulatedRuntime(clock), (instance) => {
        const key = `${instance.id.attempt} ${instance.id.host}`
        const before = instances.get(key) ?? remembered(instance)
        instances.set(key, before)
        return before
      })
    },
  })
  const request = { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2 } }
  const id = await fixture.submit(request, 'kill algo-1@training+2s signal SEGV')
  assert.equal((await fixture.ended(id)).failureReason, 'AlgorithmError: , exit code: 139')
})
