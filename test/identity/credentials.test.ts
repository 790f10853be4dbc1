import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import type { AccessKey } from '../../src/identity/access-keys.ts'
import { bucketsNamedIn, Credentials } from '../../src/identity/credentials.ts'
import { sessionKeys, type SessionKeys } from '../../src/identity/job-session.ts'
import type { JobEvent } from '../../src/lifecycle/advance.ts'
import { newJob } from '../../src/lifecycle/job.ts'
import { recordEvent } from '../../src/store/record-event.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

const ACCOUNT = '111122223333'

const START = 1_700_000_000_000
const IDENTITY = {
  sessionKey: '5a'.repeat(32),
  replacedSessionKeys: [{ sessionKey: 'a5'.repeat(32), replacedAt: new Date(START + 1000).toISOString() }],
}

const OWNER: AccessKey = {
  accessKeyId: 'AKIAOWNEROWNEROWNERO',
  secretAccessKey: 'owner-secret',
  account: ACCOUNT,
  kind: 'owner',
}

const REQUEST = {
  TrainingJobName: 'job-1',
  OutputDataConfig: { S3OutputPath: 's3://results/out' },
  InputDataConfig: [{ DataSource: { S3DataSource: { S3Uri: 's3://data.set/train' } } }],
  HyperParameters: { sagemaker_submit_directory: '"s3://code/source.tar.gz"' },
}

interface Fixture extends AsyncDisposable {
  readonly credentials: Credentials
  /** Adds a job. @returns its id */
  job(id: string): Promise<string>
  record(jobId: string, event: JobEvent): Promise<void>
  readonly clock: VirtualClock
}

async function credentialsFixture(): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-credentials-'))
  const store = await openSqliteStore({ path: join(folder, 'store.db') })
  const clock = new VirtualClock(START)
  return {
    clock,
    credentials: new Credentials(store, {
      find: (id) => (id === OWNER.accessKeyId ? OWNER : undefined),
      sessionSecrets: IDENTITY,
    }),
    async job(id) {
      const request = JSON.stringify(REQUEST)
      const scope = { account: ACCOUNT, region: 'us-east-1' }
      const names = { id, name: `job-${id}`, arn: `arn:${id}` }
      const rest = { state: newJob(clock.now()), request, document: '{}', tags: [], journal: [] }
      await store.insertJob({ ...scope, ...names, ...rest })
      return id
    },
    async record(jobId, event) {
      assert.equal((await recordEvent(store, clock, { jobId, event })).kind, 'recorded')
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

function find(
  { credentials }: Fixture,
  { accessKeyId, sessionToken }: Pick<SessionKeys, 'accessKeyId' | 'sessionToken'>,
) {
  return credentials.find(accessKeyId, sessionToken)
}

test('the owner’s key may do everything, and has no token', async () => {
  await using fixture = await credentialsFixture()
  const { accessKeyId, secretAccessKey } = OWNER
  assert.deepEqual(await fixture.credentials.find(accessKeyId, undefined), {
    accessKeyId,
    secretAccessKey,
    principal: { account: ACCOUNT, accessKeyId, kind: 'owner', scope: { kind: 'everything' } },
  })
  assert.equal(await fixture.credentials.find(accessKeyId, 'a token'), 'bad-token')
})

test('a key that does not exist is not found, whatever its token', async () => {
  await using fixture = await credentialsFixture()
  assert.equal(await fixture.credentials.find('AKIANOBODY', undefined), undefined)
  assert.equal(await fixture.credentials.find('AKIANOBODY', 'a token'), undefined)
})

test('a running job’s session is good for the buckets that its request names, wherever it names them', async () => {
  await using fixture = await credentialsFixture()
  const jobId = await fixture.job('a')
  const keys = sessionKeys(IDENTITY.sessionKey, { jobId, attempt: 1 })
  const scope = { kind: 'buckets', jobId, buckets: ['results', 'data.set', 'code'] }
  const principal = { account: ACCOUNT, accessKeyId: keys.accessKeyId, kind: 'job', scope }
  assert.deepEqual(await find(fixture, keys), { ...keys, principal })
})

test('a session without its token, with a forged one, or with that of another job is refused', async () => {
  await using fixture = await credentialsFixture()
  const [first, second] = [await fixture.job('a'), await fixture.job('b')]
  const keys = sessionKeys(IDENTITY.sessionKey, { jobId: first, attempt: 1 })
  const other = sessionKeys(IDENTITY.sessionKey, { jobId: second, attempt: 1 })
  assert.equal(await fixture.credentials.find(keys.accessKeyId, undefined), 'bad-token')
  for (const token of ['', 'ty1.a.1.AAAA', other.sessionToken]) {
    assert.equal(await fixture.credentials.find(keys.accessKeyId, token), 'bad-token', token)
  }
})

const ENDINGS: readonly (readonly [what: string, events: readonly JobEvent[]])[] = [
  ['failed', [{ kind: 'failed', reason: 'InternalServerError: x' }]],
  ['stopped', [{ kind: 'stop-requested', cause: 'user' }, { kind: 'finished' }]],
  [
    'completed',
    [
      { kind: 'downloading' },
      { kind: 'training' },
      { kind: 'command-ended', outcome: { kind: 'succeeded' } },
      { kind: 'finished' },
    ],
  ],
]

for (const [what, events] of ENDINGS) {
  test(`the session of a job that has ${what} is expired, and was good until then`, async () => {
    await using fixture = await credentialsFixture()
    const jobId = await fixture.job('a')
    const keys = sessionKeys(IDENTITY.sessionKey, { jobId, attempt: 1 })
    for (const event of events) {
      assert.equal(typeof (await find(fixture, keys)), 'object', `before ${event.kind}`)
      await fixture.record(jobId, event)
    }
    assert.equal(await find(fixture, keys), 'expired')
  })
}

test('a session ends with its attempt, and is good from the moment that its attempt begins', async () => {
  await using fixture = await credentialsFixture()
  const jobId = await fixture.job('a')
  const [first, second] = [1, 2].map((attempt) => sessionKeys(IDENTITY.sessionKey, { jobId, attempt }))
  assert.ok(first && second)
  assert.equal(await find(fixture, second), 'expired', 'an attempt that has not begun')
  await fixture.record(jobId, { kind: 'restarting' })
  await fixture.record(jobId, { kind: 'starting-again' })
  assert.equal(await find(fixture, first), 'expired')
  assert.equal(typeof (await find(fixture, second)), 'object')
})

test('a session from a secret that was replaced is good for attempts that had begun by then, and for no other', async () => {
  await using fixture = await credentialsFixture()
  const [replaced] = IDENTITY.replacedSessionKeys
  assert.ok(replaced)
  const old = (jobId: string, attempt: number) => sessionKeys(replaced.sessionKey, { jobId, attempt })
  const running = await fixture.job('a')
  const keys = old(running, 1)
  assert.partialDeepStrictEqual(await find(fixture, keys), { ...keys, principal: { kind: 'job' } })
  await fixture.clock.advance(2000)
  const later = await fixture.job('b')
  assert.equal(await find(fixture, old(later, 1)), 'expired')
  assert.equal(typeof (await find(fixture, sessionKeys(IDENTITY.sessionKey, { jobId: later, attempt: 1 }))), 'object')
  await fixture.record(running, { kind: 'restarting' })
  assert.equal(typeof (await find(fixture, keys)), 'object')
  await fixture.record(running, { kind: 'starting-again' })
  for (const attempt of [1, 2]) assert.equal(await find(fixture, old(running, attempt)), 'expired')
})

test('a session of a job that this store does not know is expired', async () => {
  await using fixture = await credentialsFixture()
  assert.equal(await find(fixture, sessionKeys(IDENTITY.sessionKey, { jobId: 'none', attempt: 1 })), 'expired')
})

test('buckets are found in a request however they stand there, each once, and nothing else is taken for one', () => {
  const cases: readonly (readonly [value: string, buckets: readonly string[]])[] = [
    ['s3://one/a s3://two/b s3://one/c', ['one', 'two']],
    ['s3://bare', ['bare']],
    ['{"nested":"s3://deep/x"}', ['deep']],
    ['S3://UPPER/x https://host/s3 s3:/one s3://a', []],
    ['s3://a.b-c.9/x', ['a.b-c.9']],
  ]
  for (const [value, buckets] of cases) {
    assert.deepEqual(bucketsNamedIn({ request: JSON.stringify({ HyperParameters: { value } }) }), buckets, value)
  }
})
