import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { clientVenv } from '../../scripts/client-venvs.ts'
import { ROOT } from './client-server.ts'

const GUIDE = readFileSync(join(ROOT, 'docs/guides/test-your-pipeline.md'), 'utf8')

test(
  'the commands of the guide work word for word: pytest takes a pipeline through every ending',
  { timeout: 200_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-endings-'))
    try {
      const [before = '', pytest = ''] = GUIDE.split(/^## /m)
      const blocks = [before, pytest].flatMap((text) =>
        [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block),
      )
      const script = blocks.join('').replaceAll(/^(?:pip install |python3 -m venv |\. \.cache\/).*\n/gm, '')
      const path = [
        join(await clientVenv('aws'), 'bin'),
        dirname(process.execPath),
        '/usr/local/bin',
        '/usr/bin',
        '/bin',
      ]
      const env = {
        ...{ HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', PATH: path.join(delimiter) },
        ...{ PYTHONDONTWRITEBYTECODE: '1', PYTEST_ADDOPTS: '-p no:cacheprovider' },
      }
      const { stdout } = await promisify(execFile)('sh', ['-euc', script], { cwd: ROOT, env })
      assert.match(stdout, /^=+ 11 passed in /m)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
