import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { ROOT, serve } from '../cli/program.ts'
import { temporaryFolder } from '../cli/temporary-folder.ts'

/** The shell commands of the section "Use it", a block each. */
function blocks(): readonly string[] {
  const [, section = ''] = readFileSync(join(ROOT, 'README.md'), 'utf8').split(/^## Use it$/m)
  const [use = ''] = section.split(/^## /m)
  return [...use.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block)
}

test('README: a shell is pointed at the server, and the script of the example is trained without SageMaker code', async (t) => {
  const [usual = '', , without = ''] = blocks()
  const point = usual.split('\n').filter((line) => line.startsWith('eval '))
  assert.equal(point.length, 1)
  assert.match(without, /^bin\/trainyard run /)
  const folder = temporaryFolder(t)
  const data = join(folder, 'data')
  // The results go where one stands, which must not be the clone that is tested.
  for (const name of ['bin', 'examples']) symlinkSync(join(ROOT, name), join(folder, name))
  const PATH = `/usr/bin:/bin:/usr/sbin:/sbin:${dirname(process.execPath)}`
  await serve(t, data, { PATH })
  const script = `${point.join('')}\n${without}echo "endpoint $AWS_ENDPOINT_URL"; tar -tzf train-*/model.tar.gz`
  const env = { PATH, HOME: folder, TRAINYARD_DATA: data, NO_COLOR: '1' }
  const { stdout } = await promisify(execFile)('bash', ['-eo', 'pipefail', '-c', script], { cwd: folder, env })
  assert.match(stdout, /epoch=5 loss=/)
  assert.match(stdout, /Completed/)
  assert.match(stdout, /^endpoint http:\/\/127\.0\.0\.1:\d+$/m)
  assert.match(stdout, /^model\.json$/m)
})
