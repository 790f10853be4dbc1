import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { systemWireClock } from '../../src/clock/real-clock.ts'
import type { SignableRequest } from '../../src/protocol/signable-request.ts'
import { SignatureVerifier } from '../../src/protocol/sigv4-verify.ts'
import { LauncherJob, tarball, type Ended } from './launcher-fixture.ts'

const KEYS = {
  AWS_ACCESS_KEY_ID: 'ASIAJOB',
  AWS_SECRET_ACCESS_KEY: 'job/secret+key',
  AWS_SESSION_TOKEN: 'job-token==',
}
const ARCHIVE = await tarball([['train.py', 'print("from s3")\n']])

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** Runs a job whose code lies in a bucket of a real HTTP server, which this handler is. */
async function runFromS3(handler: Handler, options: { uri?: string; variable?: string } = {}): Promise<Ended> {
  const server = createServer((request, response) => void handler(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    const uri = options.uri ?? 's3://bucket/digits/source/sourcedir.tar.gz'
    await using job = await LauncherJob.make({
      hyperparameters: { sagemaker_program: '"train.py"', sagemaker_submit_directory: JSON.stringify(uri) },
    })
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return await job.run({ ...KEYS, [options.variable ?? 'S3_ENDPOINT_URL']: endpoint })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const verifier = new SignatureVerifier({
  clock: systemWireClock,
  defaultRegion: 'us-east-1',
  credentials: {
    async find(accessKeyId) {
      const principal = { account: '111122223333', accessKeyId, kind: 'owner', scope: { kind: 'everything' } } as const
      return {
        accessKeyId,
        secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
        sessionToken: KEYS.AWS_SESSION_TOKEN,
        principal,
      }
    },
  },
})

/** @throws AwsError for a signature that is not right */
async function verify(request: IncomingMessage): Promise<void> {
  const signable: SignableRequest = {
    method: request.method ?? '',
    path: request.url ?? '',
    query: '',
    headers: request.headers as Record<string, string>,
  }
  const identified = await verifier.identify(signable, { family: 's3', service: 's3' })
  verifier.verify(signable, identified, String(request.headers['x-amz-content-sha256']))
}

test('code is downloaded with a signature that the server’s own verifier accepts', async () => {
  const asked: string[] = []
  const uri = 's3://my.bucket/a folder/ä+b=1/source dir.tar.gz'
  const ended = await runFromS3(
    async (request, response) => {
      await verify(request)
      asked.push(`${request.method} ${request.url}`)
      response.end(ARCHIVE)
    },
    { uri },
  )
  assert.equal(ended.code, 0, ended.stderr)
  assert.match(ended.stdout, /from s3/)
  assert.deepEqual(asked, ['GET /my.bucket/a%20folder/%C3%A4%2Bb%3D1/source%20dir.tar.gz'])
})

test('any of the three variables says where S3 is', async () => {
  for (const variable of ['S3_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']) {
    const ended = await runFromS3((_, response) => void response.end(ARCHIVE), { variable })
    assert.equal(ended.code, 0, ended.stderr)
  }
})

test('an object that is not there, or is forbidden, fails the job with the answer of S3', async () => {
  let calls = 0
  const ended = await runFromS3((_, response) => {
    calls += 1
    response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')
  })
  assert.equal(ended.code, 1)
  assert.match(
    ended.failure ?? '',
    /^s3:\/\/bucket\/digits\/source\/sourcedir\.tar\.gz cannot be downloaded: 404 .*NoSuchKey/,
  )
  assert.equal(calls, 1)
})

test('a server that cannot answer yet is asked again, and a download that broke off begins anew', async () => {
  const answers: Handler[] = [
    (_, response) => void response.writeHead(503).end(),
    (request) => void request.socket.destroy(),
    (_, response) => void response.end(ARCHIVE),
  ]
  const ended = await runFromS3((request, response) => answers.shift()?.(request, response))
  assert.equal(ended.code, 0, ended.stderr)
  assert.equal(answers.length, 0)
})

test('without an endpoint nothing is asked of anyone', async () => {
  await using job = await LauncherJob.make({
    hyperparameters: { sagemaker_program: 'train.py', sagemaker_submit_directory: 's3://bucket/key' },
  })
  const ended = await job.run(KEYS)
  assert.equal(ended.code, 1)
  assert.match(ended.failure ?? '', /^The code cannot be downloaded: none of S3_ENDPOINT_URL, /)
})
