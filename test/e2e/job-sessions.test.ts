import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { StopTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import type { Identity } from '../../src/identity/identity.ts'
import { sessionKeys, type SessionKeys } from '../../src/identity/job-session.ts'
import { trainyard } from '../cli/program.ts'
import { temporaryFolder } from '../cli/temporary-folder.ts'
import { ended, inStage, linesOf, printed, submit } from './clients.ts'
import { serve, type ServerProcess } from './server-process.ts'

/** Tells its keys, and then stays. */
const TELLS_KEYS = 'echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN; echo told; sleep 600'

async function startJob({ clients }: ServerProcess): Promise<SessionKeys & { readonly name: string }> {
  const name = await submit(clients, TELLS_KEYS)
  await inStage(clients, name, 'Training')
  await printed(clients, name, 'told')
  const [line = ''] = await linesOf(clients, name)
  const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = line.split(' ')
  return { name, accessKeyId, secretAccessKey, sessionToken }
}

/** What whoever has read the folder's secret makes of the id of a job. */
function forged(secret: string, { sessionToken }: SessionKeys): SessionKeys {
  const [, jobId = ''] = sessionToken.split('.')
  return sessionKeys(secret, { jobId, attempt: 1 })
}

/** @returns the status with which the bucket of the jobs answers */
async function reach({ clients, url }: ServerProcess, credentials: SessionKeys): Promise<number | undefined> {
  const s3 = new S3Client({ endpoint: url, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 })
  const answer = await s3.send(new HeadBucketCommand({ Bucket: clients.bucket })).catch((error: unknown) => error)
  return (answer as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode
}

test('After a rotation nothing new comes from the old secret of sessions, and jobs that run keep theirs, also under the next server', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const secretOf = () => (JSON.parse(readFileSync(join(data, 'identity.json'), 'utf8')) as Identity).sessionKey
  await using first = await serve(data)
  const leaked = secretOf()
  const running = await startJob(first)
  assert.deepEqual({ ...forged(leaked, running), name: running.name }, running)
  assert.equal(await reach(first, running), 200)

  const { stdout } = await trainyard(['keys', 'rotate', '--data', data])
  assert.match(stdout, /another one too;\nthe job that runs keeps its session until it ends\./)
  assert.notEqual(secretOf(), leaked)
  const later = await startJob(first)
  assert.equal(await reach(first, later), 200)
  assert.equal(await reach(first, forged(leaked, later)), 400)
  assert.equal(await reach(first, running), 200)

  await first.end('SIGKILL')
  await using second = await serve(data)
  assert.deepEqual([await reach(second, running), await reach(second, later)], [200, 200])
  assert.equal(await reach(second, forged(leaked, later)), 400)
  for (const { name } of [running, later]) {
    await second.clients.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
    await ended(second.clients, name)
  }
})
