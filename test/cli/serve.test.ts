import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { parse } from 'yaml'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { VERSION } from '../../src/cli/version.ts'
import { ended, listeningUrl, serve, start, trainyard } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

const NAMES = [
  'AWS_ENDPOINT_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'SAGEMAKER_USER_CONFIG_OVERRIDE',
  'SAGEMAKER_CORE_USER_CONFIG_OVERRIDE',
]

test('A server says where it listens, ends cleanly at SIGTERM, and comes back on the same port', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const first = await serve(t, data, {}, '--runtime', 'simulated')
  assert.match(first.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.deepEqual(await first.stop(), { code: 0 })
  const second = await serve(t, data, {}, '--runtime', 'simulated')
  assert.equal(second.url, first.url)
})

test('What a server had compiled is kept in its folder from the second start on, and what other versions left goes', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const compiled = join(data, 'compiled')
  await (await serve(t, data, {}, '--runtime', 'simulated')).stop()
  assert.equal(existsSync(compiled), false)
  mkdirSync(join(compiled, '0.0.1'), { recursive: true })
  await (await serve(t, data, {}, '--runtime', 'simulated')).stop()
  assert.deepEqual(readdirSync(compiled), [VERSION])
  const [cache = ''] = readdirSync(join(compiled, VERSION))
  assert.ok(readdirSync(join(compiled, VERSION, cache)).length > 0)
})

test('A second server on a folder is refused, with the address of the first', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { url } = await serve(t, data, {}, '--runtime', 'simulated')
  const { code, stderr } = await trainyard(['serve', '--data', data, '--port', '0'])
  assert.equal(code, EXIT_CODES.error.code)
  assert.match(stderr, new RegExp(`in use by the server with pid \\d+, which listens on ${url}`))
})

test('Listening beyond this machine needs TLS or --insecure', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { code, stderr } = await trainyard(['serve', '--data', data, '--port', '0', '--host', '0.0.0.0'])
  assert.equal(code, EXIT_CODES.error.code)
  assert.match(stderr, /--tls-cert and --tls-key, or say --insecure/)
})

test('A signal that comes while the server starts ends it as well', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const child = start(['serve', '--data', data, '--port', '0', '--runtime', 'simulated'])
  child.stdout?.once('data', () => child.kill('SIGINT'))
  const { code, signal } = await ended(child)
  assert.deepEqual({ code, signal }, { code: 0, signal: null })
})

test('A shell takes over what env prints, and it names config files that both SDKs take', async (t) => {
  const data = join(temporaryFolder(t), "it's a folder")
  const { url } = await serve(t, data, {}, '--runtime', 'simulated')
  const { stdout } = await trainyard(['env', '--data', data])
  const script = `${stdout}\nfor name in ${NAMES.join(' ')}; do eval "echo \\"\\$$name\\""; done`
  const values = execFileSync('sh', ['-c', script], { encoding: 'utf8', env: {} }).trimEnd().split('\n')
  const json = JSON.parse((await trainyard(['env', '--json', '--data', data])).stdout) as Record<string, string>
  assert.deepEqual(Object.keys(json), NAMES)
  assert.deepEqual(values, Object.values(json))
  assert.equal(json['AWS_ENDPOINT_URL'], url)
  const identity = JSON.parse(readFileSync(join(data, 'identity.json'), 'utf8')) as Record<string, string>
  assert.equal(json['AWS_SECRET_ACCESS_KEY'], identity['secretAccessKey'])
  assert.deepEqual(parse(readFileSync(json['SAGEMAKER_USER_CONFIG_OVERRIDE'] ?? '', 'utf8')), {
    SchemaVersion: '1.0',
    SageMaker: {
      PythonSDK: { Modules: { Session: { DefaultS3Bucket: identity['defaultBucket'] }, TelemetryOptOut: true } },
    },
  })
  assert.deepEqual(parse(readFileSync(json['SAGEMAKER_CORE_USER_CONFIG_OVERRIDE'] ?? '', 'utf8')), {
    SchemaVersion: '1.0',
    SageMaker: { PythonSDK: { Resources: {} } },
  })
})

test('env writes a profile, and knows the address of a server that has ended', async (t) => {
  const folder = temporaryFolder(t)
  const data = join(folder, 'data')
  const serving = await serve(t, data, {}, '--runtime', 'simulated')
  await serving.stop()
  const { code, stdout, stderr } = await trainyard(['env', '--profile', 'yard', '--data', data], {
    env: { HOME: folder },
  })
  assert.equal(code, 0)
  assert.match(stderr, /is not running; start it with: \S*trainyard serve/)
  assert.match(stdout, /^export AWS_PROFILE=yard$/m)
  assert.match(readFileSync(join(folder, '.aws/config'), 'utf8'), new RegExp(`endpoint_url = ${serving.url}`))
  assert.equal(statSync(join(folder, '.aws/credentials')).mode & 0o777, 0o600)
})

test('With --log-level debug the log has a line for each request, under the id that its answer has', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const child = start(['serve', '--data', data, '--port', '0', '--runtime', 'simulated'], {
    env: { TRAINYARD_LOG_LEVEL: 'debug' },
  })
  const end = ended(child)
  if (!child.stdout) throw new TypeError('The program has no output')
  const lines: Record<string, unknown>[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>))
  const response = await fetch(`${await listeningUrl(child)}/-/health`)
  assert.deepEqual(await response.json(), { status: 'ok', checks: { store: 'ok', disk: 'ok', agent: 'ok' } })
  child.kill('SIGTERM')
  await end
  const requestId = response.headers.get('x-amzn-requestid')
  const { milliseconds, time, ...line } = lines.find((candidate) => candidate['requestId'] === requestId) ?? {}
  assert.deepEqual([typeof milliseconds, typeof time], ['number', 'number'])
  assert.deepEqual(line, {
    ...{ level: 20, msg: 'request answered', requestId },
    ...{ route: 'own', method: 'GET', path: '/-/health', status: 200 },
  })
})

test('A log level that is none is refused, with those there are', async () => {
  const { code, stderr } = await trainyard(['serve', '--log-level', 'loud'])
  assert.equal(code, EXIT_CODES.usage.code)
  assert.match(stderr, /debug, info, warn, error, silent/)
})
