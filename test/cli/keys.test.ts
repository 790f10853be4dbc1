import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ServiceError } from '../../src/client/client-errors.ts'
import { SignedClient, type ClientRequest } from '../../src/client/signed-client.ts'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { atEnd } from '../support/at-end.ts'
import { serve, trainyard } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Key {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly account: string
  readonly kind: string
  readonly defaultBucket: string
}

const SECOND = '222233334444'

/** `trainyard keys … --json`, and what it prints. */
async function keys(data: string, ...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await trainyard(['keys', ...args, '--json', '--data', data])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

function clientOf(t: TestContext, url: string, credentials: Key): SignedClient {
  const client = new SignedClient({ endpoint: url, region: 'us-east-1', credentials })
  atEnd(t, () => client.close())
  return client
}

async function refusal(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => assert.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ServiceError, String(error))
  return `${error.code}: ${error.message}`
}

function query(service: string, action: string, version: string): ClientRequest {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = { kind: 'bytes', bytes: `Action=${action}&Version=${version}` } as const
  return { service, method: 'POST', path: '/', headers, body }
}

test('A read-only key looks at everything and changes nothing, in every service, until it is revoked', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { url } = await serve(t, data, {}, '--runtime', 'simulated')
  const key = (await keys(data, 'create', '--kind', 'read-only')) as Key
  const client = clientOf(t, url, key)
  const { account, accessKeyId, defaultBucket } = key

  await client.call('sagemaker', 'ListTrainingJobs', {})
  await client.call('logs', 'DescribeLogGroups', {})
  for (const path of ['/', `/${defaultBucket}`]) await client.send({ service: 's3', method: 'GET', path })
  await client.send(query('sts', 'GetCallerIdentity', '2011-06-15'))
  await client.own('/-/server')

  const arn = `arn:aws:sts::${account}:assumed-role/trainyard/read-only`
  const denied = (action: string) =>
    `AccessDeniedException: User: ${arn} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`
  for (const operation of ['CreateTrainingJob', 'StopTrainingJob', 'DeleteTrainingJob', 'AddTags', 'DeleteTags'])
    assert.equal(await refusal(client.call('sagemaker', operation, {})), denied(`sagemaker:${operation}`))
  assert.match(await refusal(client.call('logs', 'PutLogEvents', {})), /^UnknownOperationException: /)
  assert.match(await refusal(client.send(query('sts', 'AssumeRole', '2011-06-15'))), /^InvalidAction: /)
  const put = query('monitoring', 'PutMetricData', '2010-08-01')
  assert.match(await refusal(client.send(put)), /^AccessDenied: .*monitoring:PutMetricData/)
  for (const [method, path] of [
    ['PUT', '/new-bucket'],
    ['PUT', `/${defaultBucket}/key`],
    ['DELETE', `/${defaultBucket}/key`],
    ['POST', `/${defaultBucket}/key?uploads`],
  ] as const) {
    const [plain = '', search = ''] = path.split('?')
    const request = { service: 's3', method, path: plain, ...(search === '' ? {} : { query: `${search}=` }) }
    assert.match(await refusal(client.send(request)), /^AccessDenied: /, path)
  }
  assert.equal(await refusal(client.own('/-/keys')), denied('trainyard:ListKeys'))
  assert.equal(
    await refusal(client.own('/-/keys', { method: 'POST', input: { kind: 'owner' } })),
    denied('trainyard:POST'),
  )

  await keys(data, 'revoke', accessKeyId)
  assert.match(await refusal(client.call('sagemaker', 'ListTrainingJobs', {})), /^UnrecognizedClientException: /)
})

test('A key of another account has that account to itself, and manages no other', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { url } = await serve(t, data, {}, '--runtime', 'simulated')
  const second = (await keys(data, 'create', '--kind', 'owner', '--account', SECOND)) as Key
  assert.deepEqual([second.account, second.defaultBucket], [SECOND, `sagemaker-us-east-1-${SECOND}`])
  const first = (await keys(data, 'create', '--kind', 'owner')) as Key
  const mine = clientOf(t, url, first)
  const theirs = clientOf(t, url, second)

  const put = { service: 's3', method: 'PUT', body: { kind: 'bytes', bytes: 'x' } } as const
  await theirs.send({ ...put, path: `/${second.defaultBucket}/key` })
  assert.match(await refusal(mine.send({ ...put, path: `/${second.defaultBucket}/key` })), /^AccessDenied/)
  assert.match(await refusal(theirs.send({ ...put, path: `/${first.defaultBucket}/key` })), /^AccessDenied/)

  const listed = (await theirs.own('/-/keys')) as { readonly keys: readonly Key[] }
  assert.deepEqual(
    listed.keys.map(({ accessKeyId }) => accessKeyId),
    [second.accessKeyId],
  )
  const forFirst = { method: 'POST', input: { kind: 'owner', account: first.account } } as const
  assert.match(await refusal(theirs.own('/-/keys', forFirst)), /not authorized to perform: trainyard:CreateKey/)
  const unknown = /^NoSuchEntity: The Access Key with id AKIA\w+ cannot be found\.$/
  assert.match(await refusal(theirs.own(`/-/keys/${first.accessKeyId}`, { method: 'DELETE' })), unknown)
  await mine.own(`/-/keys/${second.accessKeyId}`, { method: 'DELETE' })
  assert.match(await refusal(theirs.own('/-/keys')), /^UnrecognizedClientException/)
})

test('The first key is rotated under clients and jobs that have it, then revoked', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { url } = await serve(t, data, {}, '--runtime', 'simulated')
  const [old] = (await keys(data, 'list')) as readonly Key[]
  const environment = JSON.parse((await trainyard(['env', '--json', '--data', data])).stdout) as Record<string, string>
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'] ?? ''
  assert.ok(old && old.accessKeyId === environment['AWS_ACCESS_KEY_ID'])
  const holder = clientOf(t, url, { ...old, secretAccessKey })
  const session = () =>
    (JSON.parse(readFileSync(join(data, 'identity.json'), 'utf8')) as Record<string, string>)['sessionKey']
  const sessionBefore = session()

  const { stdout } = await trainyard(['keys', 'rotate', '--data', data])
  await holder.call('sagemaker', 'ListTrainingJobs', {})
  assert.notEqual(session(), sessionBefore, 'whoever has read the file of the key knows the secret of sessions too')
  const [, hint = ''] = /revoke the old one: (.*)\n/.exec(stdout) ?? []
  assert.match(execFileSync('sh', ['-c', hint], { encoding: 'utf8' }), new RegExp(`${old.accessKeyId} is revoked`))
  assert.match(await refusal(holder.call('sagemaker', 'ListTrainingJobs', {})), /^UnrecognizedClientException/)

  const [first, ...others] = (await keys(data, 'list')) as readonly Key[]
  assert.deepEqual(others, [])
  assert.deepEqual([first?.account, first?.kind], [old.account, 'owner'])
  const second = (await keys(data, 'create', '--kind', 'owner', '--account', SECOND)) as Key
  const theirs = clientOf(t, url, second)
  assert.match(await refusal(theirs.own('/-/keys/rotate', { method: 'POST' })), /not authorized to perform: trainyard:/)
})

test('Keys are made without a server too, never listed with their secrets, and good for the next server', async (t) => {
  const folder = temporaryFolder(t)
  const data = join(folder, 'data')
  const made = await trainyard(['keys', 'create', '--kind', 'read-only', '--data', data])
  const [, id = '', secret = ''] =
    /AWS_ACCESS_KEY_ID=(\S+)\nexport AWS_SECRET_ACCESS_KEY=(\S+)\n/.exec(made.stdout) ?? []
  assert.match(id, /^AKIA/, made.stderr)
  assert.equal(statSync(join(data, 'keys.json')).mode & 0o777, 0o600)
  const { stdout: listed } = await trainyard(['keys', 'list', '--data', data])
  assert.match(listed, new RegExp(`^AKIA\\w{16} +owner +\\d{12} +with the data folder\n${id} +read-only`, 'm'))
  assert.ok(!listed.includes(secret))
  const { url } = await serve(t, data, {}, '--runtime', 'simulated')
  const client = new SignedClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: id, secretAccessKey: secret },
  })
  atEnd(t, () => client.close())
  await client.call('sagemaker', 'ListTrainingJobs', {})
})

test('A key goes into a profile unseen; the first key and one that is not there cannot be revoked', async (t) => {
  const folder = temporaryFolder(t)
  const data = join(folder, 'data')
  await serve(t, data, {}, '--runtime', 'simulated')
  const args = ['keys', 'create', '--kind', 'owner', '--profile', 'second', '--data', data]
  const { stdout } = await trainyard(args, { env: { HOME: folder } })
  const credentials = readFileSync(join(folder, '.aws/credentials'), 'utf8')
  const [, secret = ''] = /aws_secret_access_key = (\S+)/.exec(credentials) ?? []
  assert.match(stdout, /export AWS_PROFILE=second/)
  assert.ok(secret !== '' && !stdout.includes(secret))
  const [first] = (await keys(data, 'list')) as readonly Key[]
  for (const [id, text] of [
    [first?.accessKeyId ?? '', /is the key that this program itself signs with/],
    ['AKIANOBODY', /The Access Key with id AKIANOBODY cannot be found\.\n.*with: \S*trainyard keys list --data /],
  ] as const) {
    const { code, stderr } = await trainyard(['keys', 'revoke', id, '--data', data])
    assert.equal(code, EXIT_CODES.error.code)
    assert.match(stderr, text)
  }
})
