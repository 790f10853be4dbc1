import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ClientServer, ROOT } from './client-server.ts'
import { assertShown } from './whole-way.ts'

const LIMIT = { timeout: 300_000 }
/** Where each heading of the guide's third step finds its clients; the guide makes virtual environments of its own, from the same packages. */
const VENVS = {
  boto3: 'aws',
  'AWS CLI': 'aws',
  JavaScript: undefined,
  'ModelTrainer: the SageMaker Python SDK, version 3': 'sagemaker-v3',
  'Estimator: the SageMaker Python SDK, version 2': 'sagemaker-v2',
} as const
const SETUP = /^(pip install |python3 -m venv |\. \.cache\/)/

const guide = readFileSync(join(ROOT, 'docs/guides/point-your-sagemaker-code.md'), 'utf8')

let server: ClientServer

before(async () => {
  server = await ClientServer.start()
})
after(() => server[Symbol.asyncDispose]())

/** The shell commands under a heading, word for word, but for those that install the clients. */
function commands(heading: string): string {
  const section = guide.split(/^#{2,3} /m).find((text) => text.startsWith(`${heading}\n`))
  assert.ok(section, `the guide has no heading ${heading}`)
  const lines = [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = '']) => block.trimEnd().split('\n'))
  return lines.filter((line) => !SETUP.test(line)).join('\n')
}

test('the guide starts the server as this test does', () => {
  assert.equal(commands('1. Start a server'), 'bin/trainyard serve')
})

for (const [heading, venv] of Object.entries(VENVS)) {
  test(`the commands of the guide work word for word: ${heading}`, LIMIT, async () => {
    const script = `${commands('2. Point a shell at it')}\n${commands(heading)}\n${commands('Back to AWS')}\n`
    const { code, stdout, stderr } = await server.runAsReader(script, venv)
    assert.equal(code, 0, stdout + stderr)
    assertShown(stdout)
    assert.deepEqual(server.forbidden, [])
  })
}
