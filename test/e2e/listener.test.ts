import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SageMakerClient } from '@aws-sdk/client-sagemaker'
import { pino } from 'pino'
import { startApp, type AppOptions } from '../../src/app.ts'
import { RealClock } from '../../src/clock/real-clock.ts'
import { ListenError } from '../../src/listener.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { TEST_CERT, TEST_KEY } from '../http/tls-fixture.ts'
import { clientsOf, ended, linesOf, submit } from './clients.ts'

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'trainyard-listener-'))
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (const data of await readdir(path)) await removeDataFolder(join(path, data))
      await rm(path, { recursive: true })
    },
  }
}

function options(data: string): AppOptions {
  return {
    data,
    host: '127.0.0.1',
    port: 0,
    insecure: false,
    runtime: 'process',
    hold: false,
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    clock: new RealClock(),
    log: pino({ level: 'silent' }),
  }
}

test('with TLS clients speak https, and jobs of this machine reach the server without its certificate', async () => {
  await using folder = await temporaryFolder()
  const certFile = join(folder.path, 'cert.pem')
  const keyFile = join(folder.path, 'key.pem')
  await writeFile(certFile, TEST_CERT)
  await writeFile(keyFile, TEST_KEY)
  const data = join(folder.path, 'data')
  const app = await startApp({ ...options(data), tls: { certFile, keyFile } })
  try {
    assert.match(app.url, /^https:\/\/127\.0\.0\.1:\d+$/)
    const clients = await clientsOf(data, app.url)
    const requestHandler = { httpsAgent: new Agent({ ca: TEST_CERT }) }
    const { config } = clients.sagemaker
    const sagemaker = new SageMakerClient({
      endpoint: app.url,
      region: app.region,
      credentials: config.credentials,
      requestHandler,
    })
    const logs = new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient({
      endpoint: app.url,
      region: app.region,
      credentials: config.credentials,
      requestHandler,
    })
    const trusting = { ...clients, sagemaker, logs }
    const script =
      "python3 -c \"import os, urllib.request as r; u = os.environ['AWS_ENDPOINT_URL']; print(u.split(':')[0], r.urlopen(u + '/-/health').status)\""
    const name = await submit(trusting, script)
    await ended(trusting, name)
    assert.deepEqual(await linesOf(trusting, name), ['http 200'])
  } finally {
    await app.close()
  }
})

test('listening beyond loopback needs TLS or a word', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'data')
  await assert.rejects(
    startApp({ ...options(data), host: '0.0.0.0' }),
    (error) => error instanceof ListenError && error.code === 'InsecureAddress',
  )
  const app = await startApp({ ...options(data), host: '0.0.0.0', insecure: true })
  assert.match(app.url, /^http:\/\/127\.0\.0\.1:/)
  await app.close()
})

test('a port that is taken is an error that says what to do', async () => {
  await using folder = await temporaryFolder()
  const first = await startApp(options(join(folder.path, 'one')))
  const port = Number(new URL(first.url).port)
  await assert.rejects(
    startApp({ ...options(join(folder.path, 'two')), port }),
    /in use by another program\. Choose another with --port/,
  )
  await first.close()
})
