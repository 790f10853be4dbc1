import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
/** Loaded before the program: it then believes to run on a Node of another age. */
const AS_NODE_20 =
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.19.0'}})"
const PLATFORM_PACKAGE = `node-${process.platform}-${process.arch}`

/** A folder in which a package of nothing but the launcher is installed; its bundle says that it runs. @returns what it prints under Node 20 */
function underNode20(t: TestContext, prepare: (modules: string) => void): { code: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-old-node-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const modules = join(folder, 'node_modules')
  const root = join(modules, 'trainyard')
  mkdirSync(join(root, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'bin'), join(root, 'bin'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  writeFileSync(join(root, 'dist/trainyard.js'), 'console.log("runs", process.argv.slice(2).join())')
  prepare(modules)
  const args = ['--import', AS_NODE_20, join(root, 'bin/trainyard'), 'serve', '--hold']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { code: status, output: stdout + stderr }
}

test('under an old Node the package uses the one that npm has put beside it', (t) => {
  const { code, output } = underNode20(t, (modules) => {
    const platform = join(modules, PLATFORM_PACKAGE)
    mkdirSync(join(platform, 'bin'), { recursive: true })
    writeFileSync(join(platform, 'package.json'), '{}')
    symlinkSync(process.execPath, join(platform, 'bin/node'))
  })
  assert.deepEqual({ code, output }, { code: 0, output: 'runs serve,--hold\n' })
})

test('under an old Node without another one the package says what to install', (t) => {
  const { code, output } = underNode20(t, () => {})
  assert.equal(code, 1)
  assert.equal(
    output,
    'Trainyard needs Node 24 or later; this is 20.19.0, and no newer one came with the package.\n' +
      `Install Node 24 (https://nodejs.org), or run 'npm install ${PLATFORM_PACKAGE}@24' beside it on Linux with glibc, which brings one along.\n`,
  )
})
