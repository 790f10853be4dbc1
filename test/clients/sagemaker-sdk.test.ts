import { after, before, test } from 'node:test'
import { ClientServer } from './client-server.ts'
import { assertUnittest } from './unittest-module.ts'

const LIMIT = { timeout: 300_000 }

let server: ClientServer

before(async () => {
  server = await ClientServer.start()
})
after(() => server[Symbol.asyncDispose]())

test('version 2 of the SageMaker SDK works as on AWS', LIMIT, () => assertUnittest(server, 'sagemaker-v2', 'sdk_v2.py'))

test('version 3 of the SageMaker SDK works as on AWS', LIMIT, () => assertUnittest(server, 'sagemaker-v3', 'sdk_v3.py'))
