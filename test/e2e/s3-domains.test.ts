import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { EMPTY_SHA256 } from '../../src/protocol/sigv4-canonical.ts'
import { signRequest } from '../../src/protocol/sigv4-sign.ts'
import { RawClient } from '../http/raw-client.ts'
import { startTestServer } from './test-server.ts'

test('a bucket is a host of the domains that the configuration names, and of no others', async () => {
  await using server = await startTestServer({ configuration: 's3:\n  domains: [s3.lab.example]\n' })
  const credentials = JSON.parse(await readFile(join(server.data, 'identity.json'), 'utf8')) as {
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }
  const { defaultBucket, url } = server.app
  const client = await RawClient.open(Number(new URL(url).port))
  try {
    for (const [domain, isBucket] of [
      ['s3.lab.example', true],
      ['localhost', true],
      ['other.example', false],
    ] as const) {
      const request = {
        method: 'GET',
        path: '/',
        query: 'list-type=2',
        headers: { host: `${defaultBucket}.${domain}` },
      }
      const options = { credentials, service: 's3', region: 'us-east-1', now: Date.now() }
      client.sendRequest('GET /?list-type=2', signRequest(request, EMPTY_SHA256, options))
      const { body } = await client.response()
      assert.equal(body.includes('<ListBucketResult '), isBucket, domain)
    }
  } finally {
    client.close()
  }
})
