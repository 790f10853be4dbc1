// Plain JavaScript for the oldest Node that may start us (20): finds a Node new enough for the sources, and runs programs with it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The first Node that runs TypeScript without a flag and has a stable node:sqlite. */
export const OLDEST_NODE = 24

/** Signals that a program started by us must see, and that must not end us before it. */
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']

/** @returns {boolean} whether the running Node can load the sources itself */
export function isNewEnough() {
  return majorOf(process.versions.node) >= OLDEST_NODE
}

/**
 * The Node to use: the running one, else the one that npm has brought along: into the clone, or beside the package.
 *
 * @param {string} root the folder that holds package.json
 * @returns {{ readonly path: string } | { readonly problem: string }}
 */
export function findNode(root) {
  if (isNewEnough()) return { path: process.execPath }
  const path = pinnedNode(root)
  const { status, stdout } = path === undefined ? {} : spawnSync(path, ['--version'], { encoding: 'utf8' })
  if (path !== undefined && status === 0 && majorOf(stdout.trim().replace(/^v/, '')) >= OLDEST_NODE) return { path }
  const here = `this is ${process.versions.node}, and no newer one came with ${isClone(root) ? 'the dependencies' : 'the package'}`
  const command = isClone(root)
    ? `run 'npm ci' in ${root}`
    : `run 'npm install ${platformPackage()}@${OLDEST_NODE}' beside it`
  const cure = `Install Node ${OLDEST_NODE} (https://nodejs.org), or ${command} on Linux with glibc, which brings one along.`
  return { problem: `Trainyard needs Node ${OLDEST_NODE} or later; ${here}.\n${cure}` }
}

/** npm puts an installed package's dependencies beside it or below it, as it likes. */
function pinnedNode(root) {
  try {
    const found = createRequire(join(root, 'package.json')).resolve(`${platformPackage()}/package.json`)
    return join(dirname(found), 'bin', 'node')
  } catch {
    return undefined
  }
}

function platformPackage() {
  return `node-${process.platform}-${process.arch}`
}

/** A clone has sources, the package only the bundle. */
function isClone(root) {
  return existsSync(join(root, 'src'))
}

/**
 * Runs a program in our place: same input and output, signals passed on, and we end as it ends.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string | undefined>} [environment]
 */
export function runInPlace(command, args, environment = process.env) {
  const child = spawn(command, args, { stdio: 'inherit', env: environment })
  for (const signal of FORWARDED) process.on(signal, () => forward(child, signal))
  child.on('error', (error) => {
    process.stderr.write(`${command} could not be started: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => endAs(code, signal))
}

/** What is typed at a terminal reaches every process in the foreground by itself; passed on, it would arrive twice. */
function forward(child, signal) {
  const typed = signal === 'SIGINT' || signal === 'SIGQUIT'
  if (!(typed && process.stdin.isTTY)) child.kill(signal)
}

function endAs(code, signal) {
  if (signal === null) process.exit(code ?? 1)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

function majorOf(version) {
  return Number.parseInt(version, 10)
}
