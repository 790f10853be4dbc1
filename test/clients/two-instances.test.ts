import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { needsJobNetwork } from '../support/needs-job-network.ts'
import { ClientServer, ROOT } from './client-server.ts'
import { assertUnittest } from './unittest-module.ts'

const LIMIT = { timeout: 300_000, ...(await needsJobNetwork()) }
/** The guide says how to get it; CI does. */
const WITH_TORCH = { ...LIMIT, ...(LIMIT.skip ? {} : needsTorch()) }

function needsTorch(): { readonly skip: string | false } {
  const isThere = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0
  if (isThere || process.env['TRAINYARD_REQUIRE_ALL'] === '1') return { skip: false }
  return { skip: 'NOT TESTED: /usr/bin/python3 has no PyTorch (apt-get install python3-torch)' }
}

const guide = readFileSync(join(ROOT, 'docs/guides/several-instances.md'), 'utf8')

let server: ClientServer

before(async () => {
  server = await ClientServer.start()
})
after(() => server[Symbol.asyncDispose]())

/** The shell commands under a heading of the guide, word for word. */
function commands(heading: string): string {
  const section = guide.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  assert.ok(section, `the guide has no heading ${heading}`)
  return [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block).join('')
}

const TOGETHER = commands('2. Train on two instances')
const ALONE = commands('3. The same, cut off from everything else')

/** Both were there, each with half of the digits, and have come to the same network, which can read. */
function assertTrained(stdout: string): void {
  for (const host of ['algo-1', 'algo-2']) assert.match(stdout, new RegExp(`${host} 719 of 1438 digits to learn from`))
  const weights = [...stdout.matchAll(/(algo-[12]) weights sum to ([-\d.]+)/g)]
  assert.deepEqual(new Set(weights.map(([, host]) => host)), new Set(['algo-1', 'algo-2']))
  assert.equal(weights[0]?.[2], weights[1]?.[2])
  assert.match(stdout, /epoch=10 loss=0\.[01]\d+ accuracy=0\.9\d+/)
}

test('two instances train one network together, as the guide says word for word', WITH_TORCH, async () => {
  const { code, stdout, stderr } = await server.runAsReader(TOGETHER)
  assert.equal(code, 0, stdout + stderr)
  assertTrained(stdout)
  assert.match(stdout, /^(\.\/)?model\.pt$/m)
  for (const host of ['algo-1', 'algo-2']) assert.match(stdout, new RegExp(`^(\\./)?history-${host}\\.json$`, 'm'))
})

test('they do it cut off from everything else, as the guide says word for word', WITH_TORCH, async () => {
  // The data were split in the step before.
  const split = TOGETHER.split('\n').slice(0, 2).join('\n')
  const { code, stdout, stderr } = await server.runAsReader(`${split}\n${ALONE}`)
  assert.equal(code, 0, stdout + stderr)
  assertTrained(stdout)
})

test('version 2 of the SageMaker SDK shows the logs of both instances, also in groups and isolated', LIMIT, () =>
  assertUnittest(server, 'sagemaker-v2', 'sdk_v2_two.py'),
)

test('version 3 of the SageMaker SDK shows the logs of both instances', LIMIT, () =>
  assertUnittest(server, 'sagemaker-v3', 'sdk_v3_two.py'),
)
