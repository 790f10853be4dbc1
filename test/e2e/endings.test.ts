import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StopTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { channelOf, ended, get, linesOf, printed, put, statusesOf, submit, type Clients } from './clients.ts'
import { startTestServer, workspaces } from './test-server.ts'

const THROUGH_UPLOADING = ['Starting', 'Downloading', 'Training', 'Uploading', 'Failed']

const FAILURES: readonly { readonly what: string; readonly script: string; readonly reason: string }[] = [
  { what: 'exits with 3 and says nothing', script: 'exit 3', reason: 'AlgorithmError: , exit code: 3' },
  {
    what: 'exits with 1 and a failure file',
    script: 'echo "out of luck" > /opt/ml/output/failure; exit 1',
    reason: 'AlgorithmError: out of luck, exit code: 1',
  },
  {
    what: 'is killed by a signal',
    script: "sh -c 'kill -SEGV $$'; exit $?",
    reason: 'AlgorithmError: , exit code: 139',
  },
  {
    what: 'leaves a FIFO as its failure file',
    script: 'mkfifo /opt/ml/output/failure; exit 1',
    reason: 'AlgorithmError: , exit code: 1',
  },
  {
    what: 'links its failure file to a file of the machine',
    script: 'ln -s /etc/passwd /opt/ml/output/failure; exit 1',
    reason: 'AlgorithmError: , exit code: 1',
  },
]

test('a command that fails ends its job with the reason in the form of AWS, after Uploading', async (t) => {
  await using server = await startTestServer({ configuration: 'keep: { failed: 0s }\n' })
  for (const { what, script, reason } of FAILURES) {
    await t.test(`a command that ${what}`, async () => {
      const name = await submit(server, `echo kept > /opt/ml/output/data/kept; ${script}`)
      const job = await ended(server, name)
      assert.equal(job.FailureReason, reason)
      assert.deepEqual(statusesOf(job), THROUGH_UPLOADING)
      assert.equal(job.SecondaryStatusTransitions?.at(-1)?.StatusMessage, 'Training job failed')
      assert.ok((await get(server, `out/${name}/output/output.tar.gz`)).length > 0, 'what was there is uploaded')
      assert.equal(job.ModelArtifacts, undefined)
    })
  }
  await server.app.close()
  assert.deepEqual(await workspaces(server), [])
})

test('a command that does not exist fails with exit code 127', async () => {
  await using server = await startTestServer()
  const name = await submit(server, '', {
    AlgorithmSpecification: {
      TrainingImage: 'local/python',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['no-such-program'],
    },
  })
  assert.equal((await ended(server, name)).FailureReason, 'AlgorithmError: , exit code: 127')
})

test('a failed job keeps its workspace for a while, without its keys', async () => {
  await using server = await startTestServer()
  await ended(server, await submit(server, 'exit 1'))
  assert.equal((await workspaces(server)).length, 1)
})

test('input that vanishes after Create fails the download', async () => {
  await using server = await startTestServer({ hold: true })
  await put(server, 'in/a', 'a')
  const name = await submit(server, 'true', { InputDataConfig: [channelOf(server, 'train', 'in/')] })
  await server.s3.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: 'in/a' }))
  await server.restart()
  const job = await ended(server, name)
  assert.deepEqual(statusesOf(job), ['Starting', 'Downloading', 'Failed'])
  assert.match(job.FailureReason ?? '', /^ClientError: Data download failed:/)
})

test('two objects that need one file name fail the download', async () => {
  await using server = await startTestServer()
  await put(server, 'in/a', 'a')
  await put(server, 'in/a/b', 'b')
  const job = await ended(
    server,
    await submit(server, 'true', { InputDataConfig: [channelOf(server, 'train', 'in/')] }),
  )
  assert.match(
    job.FailureReason ?? '',
    /^ClientError: Data download failed:Two objects under .* need the same file name: a/,
  )
})

async function stop(server: Clients, name: string): Promise<void> {
  await server.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
}

test('a script that handles SIGTERM saves its work: Stopping, Uploading, Stopped', async () => {
  await using server = await startTestServer()
  const name = await submit(
    server,
    "trap 'echo saved > /opt/ml/model/m; exit 0' TERM; echo ready; while :; do sleep 0.05; done",
  )
  await printed(server, name, 'ready')
  await stop(server, name)
  await stop(server, name)
  const job = await ended(server, name)
  assert.deepEqual(statusesOf(job), ['Starting', 'Downloading', 'Training', 'Stopping', 'Uploading', 'Stopped'])
  assert.deepEqual([job.TrainingJobStatus, job.FailureReason], ['Stopped', undefined])
  assert.ok((await get(server, `out/${name}/output/model.tar.gz`)).length > 0)
  await assert.rejects(stop(server, name), {
    name: 'ValidationException',
    message: 'The request was rejected because the training job is in status Stopped.',
  })
})

test('a script that is stopped before it handles SIGTERM is told again when it does, and need not sit out the grace', async () => {
  await using server = await startTestServer()
  const late = "echo ready; sleep 1; trap 'echo saved > /opt/ml/model/m; exit 0' TERM; while :; do sleep 0.05; done"
  const name = await submit(server, late)
  await printed(server, name, 'ready')
  await stop(server, name)
  assert.equal((await ended(server, name)).SecondaryStatus, 'Stopped')
  assert.ok((await get(server, `out/${name}/output/model.tar.gz`)).length > 0)
})

test('a script that ignores SIGTERM, and its children, are killed when the grace is over', async () => {
  await using server = await startTestServer({ configuration: 'stop: { grace: 200ms }\n' })
  const name = await submit(
    server,
    "trap '' TERM; (trap '' TERM; setsid sleep 1000) & echo ready; while :; do sleep 0.05; done",
  )
  await printed(server, name, 'ready')
  await stop(server, name)
  assert.equal((await ended(server, name)).SecondaryStatus, 'Stopped')
  await server.app.close()
  assert.deepEqual(await workspaces(server), [])
})

test('a job held in Starting is stopped at once, without start or end of training', async () => {
  await using server = await startTestServer({ hold: true })
  const name = await submit(server, 'true')
  await stop(server, name)
  const job = await ended(server, name)
  assert.deepEqual(statusesOf(job), ['Starting', 'Stopping', 'Stopped'])
  assert.equal(job.TrainingStartTime, undefined)
  assert.equal(job.TrainingTimeInSeconds, undefined)
})

test('a job whose time is used up ends as MaxRuntimeExceeded and keeps what it saved', async () => {
  await using server = await startTestServer({ configuration: 'stop: { grace: 100ms }\n' })
  const name = await submit(server, 'echo m > /opt/ml/model/m; echo ready; sleep 1000', {
    StoppingCondition: { MaxRuntimeInSeconds: 1 },
  })
  const job = await ended(server, name)
  assert.deepEqual(statusesOf(job), [
    'Starting',
    'Downloading',
    'Training',
    'Stopping',
    'Uploading',
    'MaxRuntimeExceeded',
  ])
  assert.equal(
    job.SecondaryStatusTransitions?.at(-1)?.StatusMessage,
    'Training job runtime exceeded MaxRuntimeInSeconds provided',
  )
  assert.equal((await linesOf(server, name))[0], 'ready')
})

test('links out of the job, FIFOs and devices stay out of its artifacts', async () => {
  await using server = await startTestServer()
  const script =
    'cd /opt/ml/model; echo in > real; ln -s real inside; ln -s /etc/shadow outside; ln -s / root; mkfifo fifo; ln -s loop loop'
  const name = await submit(server, script)
  const job = await ended(server, name)
  assert.equal(job.TrainingJobStatus, 'Completed')
  const { execFileSync } = await import('node:child_process')
  const tar = await get(server, `out/${name}/output/model.tar.gz`)
  const members = execFileSync('tar', ['tz'], { input: tar, encoding: 'utf8' }).trim().split('\n').sort()
  assert.deepEqual(members, ['inside', 'real'])
})

test('a log over its limit is cut and says so, and the job goes on', async () => {
  await using server = await startTestServer({ configuration: 'logs: { max-bytes: 64KiB }\n' })
  const name = await submit(
    server,
    'yes 0123456789012345678901234567890123456789 | head -c 5000000; echo end; echo m > /opt/ml/model/m',
  )
  const job = await ended(server, name)
  assert.equal(job.TrainingJobStatus, 'Completed')
  const lines = await linesOf(server, name)
  assert.ok(
    lines.some((line) => line.startsWith('[trainyard] log cut at 65536 bytes')),
    lines.at(-1),
  )
  assert.ok(lines.join('\n').length < 80_000)
})
