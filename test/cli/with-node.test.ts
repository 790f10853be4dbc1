import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { ended, ROOT } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A clone of nothing but the two launchers, whose dependencies are these. */
function cloneIn(folder: string, dependencies: Readonly<Record<string, string>> = {}): string {
  mkdirSync(join(folder, 'scripts'))
  cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true })
  cpSync(join(ROOT, 'scripts/with-node.mjs'), join(folder, 'scripts/with-node.mjs'))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'clone', version: '1.0.0', type: 'module', dependencies }),
  )
  const lock = {
    name: 'clone',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: { '': { name: 'clone', version: '1.0.0', dependencies } },
  }
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
  writeFileSync(
    join(folder, 'show.mjs'),
    'console.log(process.argv.slice(2).join(), process.env.PATH); process.exitCode = 7',
  )
  return folder
}

function withNode(clone: string, ...args: readonly string[]) {
  return spawn(process.execPath, [join(clone, 'scripts/with-node.mjs'), ...args], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

test('The dependencies are installed once, and again when the lock file changes', async (t) => {
  const clone = cloneIn(temporaryFolder(t))
  const first = await ended(withNode(clone, 'show.mjs', 'a', 'b'))
  assert.equal(first.code, 7)
  assert.match(first.stderr, /^Installing the dependencies \(npm ci\), for there are none yet …\n/)
  const [args, path = ''] = first.stdout.trim().split(' ')
  assert.equal(args, 'a,b')
  assert.equal(path.split(delimiter)[0], join(clone, 'node_modules/.bin'))
  assert.equal((await ended(withNode(clone, 'show.mjs'))).stderr, '')
  writeFileSync(join(clone, 'package-lock.json'), `${readFileSync(join(clone, 'package-lock.json'), 'utf8')}\n`)
  assert.match((await ended(withNode(clone, 'show.mjs'))).stderr, /not those of package-lock\.json/)
})

test("What somebody's own npm ci has installed is not installed again, unless something is missing or another version", async (t) => {
  const clone = cloneIn(temporaryFolder(t))
  const needed = { version: '1.0.0', integrity: 'sha512-a' }
  const foreign = { version: '1.0.0', integrity: 'sha512-b', optional: true, os: ['aix'], cpu: ['ppc64'] }
  writePackages(join(clone, 'package-lock.json'), { '': {}, 'node_modules/a': needed, 'node_modules/aix': foreign })
  const modules = join(clone, 'node_modules')
  const saidWith = async (there: object) => {
    rmSync(modules, { recursive: true, force: true })
    mkdirSync(modules)
    writePackages(join(modules, '.package-lock.json'), there)
    return (await ended(withNode(clone, 'show.mjs'))).stderr
  }
  assert.equal(await saidWith({ 'node_modules/a': needed }), '')
  assert.match(await saidWith({}), /not those of package-lock\.json/)
  const another = { ...needed, integrity: 'sha512-c' }
  assert.match(await saidWith({ 'node_modules/a': another }), /not those of package-lock\.json/)
})

function writePackages(path: string, packages: object): void {
  writeFileSync(path, JSON.stringify({ name: 'clone', version: '1.0.0', lockfileVersion: 3, packages }))
}

test('Dependencies that cannot be installed are a plain reason, and nothing is run', async (t) => {
  const clone = cloneIn(temporaryFolder(t), { missing: 'file:./missing' })
  const { code, stdout, stderr } = await ended(withNode(clone, 'show.mjs'))
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /The dependencies could not be installed\.\n.*missing/s)
})

test('Signals are passed on, and the program ends as what it ran ended', async (t) => {
  const clone = cloneIn(temporaryFolder(t))
  writeFileSync(
    join(clone, 'wait.mjs'),
    "process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('ready')",
  )
  writeFileSync(join(clone, 'die.mjs'), "process.kill(process.pid, 'SIGKILL')")
  const child = withNode(clone, 'wait.mjs')
  for await (const line of createInterface(child.stdout)) if (line === 'ready') child.kill('SIGTERM')
  assert.equal((await ended(child)).code, 9)
  assert.equal((await ended(withNode(clone, 'die.mjs'))).signal, 'SIGKILL')
})
