import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DeleteTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { backUp } from '../../src/backup/back-up.ts'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { systemDurableFiles } from '../../src/durable/durable-files.ts'
import { PROGRAM, trainyard } from '../cli/program.ts'
import { temporaryFolder } from '../cli/temporary-folder.ts'
import { atEnd } from '../support/at-end.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { describe, ended, get, linesOf, printed, submit, type Clients } from './clients.ts'
import { serveUntilEnd, type ServerProcess } from './server-process.ts'

interface Answer {
  readonly dryRun: boolean
  readonly ages: object
  readonly logStreams: number
  readonly logBytes: number
  readonly journalEntries: number
  readonly deletedJobs: number
}

const LOG_GROUP = '/aws/sagemaker/TrainingJobs'

function serveSimulated(t: TestContext, data: string): Promise<ServerProcess> {
  return serveUntilEnd(t, data, ['--runtime', 'simulated'])
}

async function prune(data: string, ...args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await trainyard(['prune', '--json', '--data', data, ...args])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Answer
}

async function streamOf({ logs }: Clients, job: string): Promise<string> {
  const input = { logGroupName: LOG_GROUP, logStreamNamePrefix: `${job}/` }
  const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand(input))
  return logStreams[0]?.logStreamName ?? assert.fail(`${job} has no stream`)
}

/** Deletes a job, and waits until its record is gone. */
async function remove(clients: Clients, job: string): Promise<void> {
  await clients.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: job }))
  const isThere = () =>
    describe(clients, job).then(
      () => true,
      () => false,
    )
  while (await isThere());
}

/** Log streams that have a file, whichever. */
function streamsIn(data: string): number {
  return new Set(readdirSync(join(data, 'logs')).map((file) => file.replace(/\.\w+$/, ''))).size
}

/** Kinds of a job's journal, as `describe` knows them. */
async function journalOf(data: string, job: string): Promise<readonly string[]> {
  const { stdout, stderr } = await trainyard(['describe', job, '--json', '--data', data])
  const { journal } = JSON.parse(stdout || assert.fail(stderr)) as { readonly journal: readonly { kind: string }[] }
  return journal.map(({ kind }) => kind)
}

test('A running server removes logs and deleted jobs as it is asked, beside a job that runs on', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { clients } = await serveUntilEnd(t, data)
  const kept = await submit(clients, 'echo kept; echo model > /opt/ml/model/m')
  const deleted = await submit(clients, 'echo deleted')
  const running = await submit(clients, "trap 'exit 0' TERM; echo begun; while :; do sleep 0.1; done")
  for (const job of [kept, deleted]) await ended(clients, job)
  await printed(clients, running, 'begun')
  await remove(clients, deleted)
  const logStreamName = await streamOf(clients, kept)

  const asked = await trainyard(['prune', '--data', data])
  assert.equal(asked.code, 0, asked.stderr)
  assert.match(asked.stdout, /no age is set[^]*trainyard\.yaml[^]*retention:\n {2}logs: 30d/)
  assert.deepEqual(await prune(data, '--logs', '7d'), {
    dryRun: false,
    ages: { logs: 604_800_000 },
    logStreams: 0,
    logBytes: 0,
    journalEntries: 0,
    deletedJobs: 0,
  })
  const foreseen = await prune(data, '--dry-run', '--logs', '0s', '--jobs', '0s')
  assert.deepEqual([foreseen.logStreams, foreseen.deletedJobs, foreseen.dryRun], [2, 1, true])
  assert.equal(streamsIn(data), 3)
  const { code, stdout, stderr } = await trainyard(['prune', '--logs', '0s', '--jobs', '0s', '--data', data])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^WHAT +OLDER THAN +REMOVED +SIZE\nlog streams +0ms +2 +\d+ B\njournal entries +kept +\d+\n/)
  assert.match(stdout, /\ndeleted jobs +0ms +1\n$/)

  assert.equal(streamsIn(data), 1)
  const read = clients.logs.send(new GetLogEventsCommand({ logGroupName: LOG_GROUP, logStreamName }))
  await assert.rejects(read, { name: 'ResourceNotFoundException' })
  assert.deepEqual(await linesOf(clients, running), ['begun'])
  const job = await describe(clients, kept)
  const artifact = new URL(job.ModelArtifacts?.S3ModelArtifacts ?? '').pathname.slice(1)
  assert.ok((await get(clients, artifact)).length > 0)
  await trainyard(['stop', running, '--data', data])
  await ended(clients, running)
})

test('A stopped folder is pruned under its lock; a server that starts with ages prunes it by itself', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const first = await serveUntilEnd(t, data)
  const job = await submit(first.clients, 'echo words')
  await ended(first.clients, job)
  assert.ok((await journalOf(data, job)).length > 1)
  await first.end('SIGTERM')

  writeFileSync(join(data, 'trainyard.yaml'), 'retention:\n  logs: 1ms\n')
  const foreseen = await prune(data, '--dry-run')
  assert.deepEqual([foreseen.logStreams, foreseen.ages], [1, { logs: 1 }])
  assert.equal(streamsIn(data), 1)
  assert.deepEqual(await prune(data), { ...foreseen, dryRun: false })
  assert.deepEqual(readdirSync(join(data, 'logs')), [])
  assert.equal((await prune(data)).logStreams, 0)

  writeFileSync(join(data, 'trainyard.yaml'), 'retention:\n  journal: 1ms\n')
  await serveUntilEnd(t, data)
  while ((await journalOf(data, job)).length > 1);
  assert.deepEqual(await journalOf(data, job), ['created'])
})

test('A backup under which logs are removed is good: what went reads as empty where it is restored', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const [backup, restored] = [`${data}-backup`, `${data}-restored`]
  atEnd(t, () => removeDataFolder(restored))
  const { clients } = await serveSimulated(t, data)
  const jobs = [await submit(clients, ''), await submit(clients, '')]
  for (const job of jobs) await ended(clients, job)
  const options = { dataFolder: data, target: backup, durable: systemDurableFiles, now: 0 }
  await backUp(options)
  // The second time only logs are copied, and go when the first of them has been.
  for (const file of readdirSync(join(backup, 'logs'))) rmSync(join(backup, 'logs', file))
  let copied = 0
  const onCopied = () => {
    if (copied++ > 0) return
    execFileSync(process.execPath, [PROGRAM, 'prune', '--logs', '0s', '--data', data])
    assert.deepEqual(readdirSync(join(data, 'logs')), [])
  }
  await backUp({ ...options, onCopied })
  assert.ok(copied > 0)
  const { code, stderr } = await trainyard(['restore', backup, '--data', restored])
  assert.equal(code, 0, stderr)
  const again = await serveSimulated(t, restored)
  for (const job of jobs) await linesOf(again.clients, job)
  assert.equal((await prune(restored, '--logs', '0s')).logStreams, jobs.length)
  assert.deepEqual(readdirSync(join(restored, 'logs')), [])
})

test('An age that is none is a wrong command line, and a folder that is none is not made', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const wrong = await trainyard(['prune', '--logs', 'soon', '--data', data])
  assert.equal(wrong.code, EXIT_CODES.usage.code)
  assert.match(wrong.stderr, /an age such as 12h or 30d/)
  const nowhere = await trainyard(['prune', '--logs', '1d', '--data', data])
  assert.equal(nowhere.code, EXIT_CODES.error.code)
  assert.match(nowhere.stderr, /is not the data folder of a server/)
  assert.equal(existsSync(data), false)
})
