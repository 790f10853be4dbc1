import { after, before, test } from 'node:test'
import { ClientServer } from './client-server.ts'
import { assertUnittest } from './unittest-module.ts'

let server: ClientServer

before(async () => {
  server = await ClientServer.start({}, ['--throttle', 'aws'])
})
after(() => server[Symbol.asyncDispose]())

test('boto3 is throttled as on AWS, and its retries get it through', { timeout: 300_000 }, () =>
  assertUnittest(server, 'aws', 'boto3_throttled.py'),
)
