import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { clientVenv } from '../../scripts/client-venvs.ts'
import { ROOT } from './client-server.ts'

const LIMIT = { timeout: 200_000 }
const INSTALLS = /^(?:pip install |python3 -m venv |\. \.cache\/)/

const guide = readFileSync(join(ROOT, 'docs/guides/run-your-tests.md'), 'utf8')

/** For what the commands write; and the programs of the virtual environment that the guide installs. */
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-testing-'))
  const venv = join(await clientVenv('aws'), 'bin')
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await symlink(join(venv, 'pytest'), join(bin, 'pytest'))
  // Jobs of a server take the first python on the path, which must be one that their user can read: not that of a virtual environment in somebody's home.
  const boto3 = `#!/bin/sh\ncase $2 in *boto3*) exec "${venv}/python3" "$@";; *) exec /usr/bin/python3 "$@";; esac\n`
  await writeFile(join(bin, 'python3'), boto3, { mode: 0o755 })
})
after(() => rm(folder, { recursive: true, force: true }))

/** The shell commands under a heading, word for word, but for those that install the clients. */
function commands(heading: string): string {
  const section = guide.split(/^#{1,2} /m).find((text) => text.startsWith(`${heading}\n`))
  assert.ok(section, `the guide has no heading ${heading}`)
  const lines = [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = '']) => block.trimEnd().split('\n'))
  return lines.filter((line) => !INSTALLS.test(line)).join('\n')
}

const EXPECTED: Readonly<Record<string, RegExp>> = {
  pytest: /^=+ 3 passed in /m,
  'node:test': /^(?:# |ℹ )pass 2$/m,
  'Any other': /^jobs: \[\]$/m,
}

for (const [heading, expected] of Object.entries(EXPECTED)) {
  test(`the commands of the guide work word for word: ${heading}`, LIMIT, async () => {
    const script = `${commands('Run your existing tests against Trainyard')}\n${commands(heading)}\n`
    assert.match(await runInClone(script), expected)
  })
}

/** What a script prints that is run in the root of this clone, leaving nothing behind in it. */
function runInClone(script: string): Promise<string> {
  const path = [join(folder, 'bin'), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin']
  const env = {
    ...{ HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', PATH: path.join(delimiter) },
    ...{ PYTHONDONTWRITEBYTECODE: '1', PYTEST_ADDOPTS: '-p no:cacheprovider' },
  }
  return new Promise((resolve, reject) => {
    execFile('sh', ['-euc', script], { cwd: ROOT, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${stdout}${stderr}`, { cause: error }))
      else resolve(stdout)
    })
  })
}
