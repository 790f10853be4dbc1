// node scripts/with-node.mjs FILE [args]: makes a fresh clone ready, then runs FILE with a Node that is new enough.
// Plain JavaScript for Node 20, and nothing but Node: it runs before the dependencies are there.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNode, runInPlace } from '../bin/pinned-node.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
/** Holds the hash of the lock file that node_modules was made from; gone with the folder, so never true of another one. */
const stamp = join(modules, '.trainyard-lock')

const [file, ...args] = process.argv.slice(2)
if (file === undefined) fail('Usage: node scripts/with-node.mjs FILE [args]')
installDependencies()
const node = findNode(root)
if ('problem' in node) fail(node.problem)
const path = [join(modules, '.bin'), dirname(node.path), process.env['PATH']].filter(Boolean).join(delimiter)
runInPlace(node.path, [file, ...args], { ...process.env, PATH: path })

function installDependencies() {
  const text = readFileSync(join(root, 'package-lock.json'))
  const lock = createHash('sha256').update(text).digest('hex')
  const found = readStamp()
  if (found === undefined ? areThereByNpm(JSON.parse(text.toString())) : found === lock) return
  console.error(
    `Installing the dependencies (npm ci), ${existsSync(modules) ? 'for they are not those of package-lock.json' : 'for there are none yet'} …`,
  )
  const problem = npmCi()
  if (problem !== undefined) fail(`The dependencies could not be installed.\n${problem}`)
  mkdirSync(modules, { recursive: true })
  writeFileSync(stamp, `${lock}\n`)
}

function readStamp() {
  return existsSync(stamp) ? readFileSync(stamp, 'utf8').trim() : undefined
}

/**
 * Whether somebody's own `npm ci` has put all that this machine needs of the lock file into node_modules. npm writes its list of what is there last.
 *
 * @param {{ readonly packages: Record<string, object> }} lock
 */
function areThereByNpm({ packages }) {
  const list = join(modules, '.package-lock.json')
  if (!existsSync(list)) return false
  const there = JSON.parse(readFileSync(list, 'utf8')).packages
  return Object.entries(packages).every(
    ([path, wanted]) => path === '' || (path in there ? isSame(there[path], wanted) : isForOthers(wanted)),
  )
}

function isSame(one, other) {
  return one.version === other.version && one.integrity === other.integrity
}

/** npm leaves out what is made for another operating system, processor or C library. */
function isForOthers({ optional, os = process.platform, cpu = process.arch, libc }) {
  const isForUs = [os].flat().includes(process.platform) && [cpu].flat().includes(process.arch) && libc === undefined
  return optional === true && !isForUs
}

/** @returns {string | undefined} what went wrong, in npm's own words */
function npmCi() {
  // Set by npm for the scripts it runs: the very npm that started us, whatever is on PATH.
  const own = process.env['npm_execpath']
  const [command, first] = own !== undefined && own.endsWith('.js') ? [process.execPath, [own]] : ['npm', []]
  const options = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--loglevel=error', '--no-progress']
  const { error, status, stdout, stderr } = spawnSync(command, [...first, ...options], { cwd: root, encoding: 'utf8' })
  if (error) return `npm could not be started (${error.message}); it comes with Node.`
  if (status === 0) return undefined
  return `${stdout}${stderr}`.trim() || `npm ended with status ${status}`
}

function fail(reason) {
  console.error(reason)
  process.exit(1)
}
