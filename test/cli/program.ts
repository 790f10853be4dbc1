import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { atEnd } from '../support/at-end.ts'
import { makeRoomy } from '../support/roomy-fleet.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const PROGRAM = join(ROOT, 'bin/trainyard')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/** Runs the real program to its end. */
export async function trainyard(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return ended(start(args, options))
}

/** The real program, running. */
export function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const env = { ...process.env, TRAINYARD_DATA: '', NO_COLOR: '1', ...options.env }
  return spawn(process.execPath, [PROGRAM, ...args], { env, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] })
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  return { code, signal, stdout, stderr }
}

export interface Serving {
  readonly url: string
  /** SIGTERM, and how it ended. */
  stop(): Promise<{ readonly code: number | null }>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** `trainyard serve` on a free port, once it says that it listens. */
export async function serve(
  t: TestContext,
  data: string,
  env: Readonly<Record<string, string | undefined>>,
  ...options: readonly string[]
): Promise<Serving> {
  await makeRoomy(data)
  const child = start(['serve', '--data', data, '--port', '0', ...options], { env })
  const exit = once(child, 'exit') as Promise<[number | null]>
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const [code] = await exit
    return { code }
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await exit
  }
  atEnd(t, async () => void (await stop()))
  return { url: await listeningUrl(child), stop, kill }
}

export async function listeningUrl(child: ChildProcess): Promise<string> {
  if (!child.stdout || !child.stderr) throw new TypeError('The program has no output')
  const problems = text(child.stderr)
  for await (const line of createInterface(child.stdout)) {
    const value = JSON.parse(line) as { readonly msg: string; readonly url?: string }
    if (value.msg !== 'listening' || value.url === undefined) continue
    child.stdout.resume()
    return value.url
  }
  throw new Error(`The server did not start: ${await problems}`)
}
