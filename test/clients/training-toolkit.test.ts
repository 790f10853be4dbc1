import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { clientVenv } from '../../scripts/client-venvs.ts'
import { ClientServer } from './client-server.ts'
import { assertUnittest } from './unittest-module.ts'

const LIMIT = { timeout: 300_000 }

let server: ClientServer

before(async () => {
  const python = join(await clientVenv('sagemaker-training'), 'bin', 'python')
  server = await ClientServer.start({ 'toolkit/training:*': python })
})
after(() => server[Symbol.asyncDispose]())

test('an environment that has the SageMaker training toolkit runs jobs by it', LIMIT, () =>
  assertUnittest(server, 'aws', 'training_toolkit.py'),
)
