import { after, before, test } from 'node:test'
import { ClientServer } from './client-server.ts'
import { assertUnittest } from './unittest-module.ts'

const LIMIT = { timeout: 300_000 }

let server: ClientServer

before(async () => {
  server = await ClientServer.start()
})
after(() => server[Symbol.asyncDispose]())

test('boto3 starts, lists, watches, stops and reads jobs as on AWS', LIMIT, () =>
  assertUnittest(server, 'aws', 'boto3_jobs.py'),
)

test('boto3 stores, lists and reads objects as on AWS', LIMIT, () => assertUnittest(server, 'aws', 'boto3_s3.py'))

test('boto3 reads and puts CloudWatch metrics as on AWS, by JSON, CBOR and Query', LIMIT, () =>
  assertUnittest(server, 'aws', 'boto3_metrics.py'),
)
