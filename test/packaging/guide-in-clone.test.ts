import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const GUIDE = readFileSync(join(ROOT, 'docs/guides/test-your-pipeline.md'), 'utf8')
/** What the build and the example read of a clone. */
const CLONED = ['package.json', 'package-lock.json', 'LICENSE', 'NOTICE', 'bin', 'src', 'scripts', 'examples'] as const

/** As `npm ci` leaves them, which the guide says has been run. */
async function linkDependencies(clone: string): Promise<void> {
  const modules = join(clone, 'node_modules')
  await mkdir(modules)
  for (const name of await readdir(join(ROOT, 'node_modules')))
    await symlink(join(ROOT, 'node_modules', name), join(modules, name))
  // npm's own list of what is there; the one that `scripts/with-node.mjs` keeps for itself is not made by `npm ci`.
  await rm(join(modules, '.trainyard-lock'), { force: true })
}

test('the commands of the guide for node:test work word for word in a clone: it is built, and the pipeline goes through every ending', async () => {
  const [, section = ''] = GUIDE.split(/^## node:test$/m)
  const [, commands = ''] = /^```sh\n([^]*?)^```$/m.exec(section) ?? []
  assert.match(commands, /^npm run build$/m)
  const clone = await mkdtemp(join(tmpdir(), 'trainyard-clone-'))
  try {
    for (const name of CLONED) await cp(join(ROOT, name), join(clone, name), { recursive: true })
    await linkDependencies(clone)
    const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter)
    const { stdout, stderr } = await promisify(execFile)('sh', ['-euc', commands], {
      cwd: clone,
      env: { HOME: clone, PATH: path, LANG: 'C.UTF-8' },
    })
    assert.doesNotMatch(stderr, /Installing the dependencies/)
    assert.match(stdout, /^(?:# |ℹ )pass 11$/m)
    assert.match(stdout, /^(?:# |ℹ )fail 0$/m)
  } finally {
    await rm(clone, { recursive: true, force: true })
  }
})
