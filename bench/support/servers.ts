import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'

export const ROOT = join(import.meta.dirname, '../..')
export const CACHE = join(ROOT, '.cache', 'bench')
/** Servers on the first processor, load on the second. */
const SERVER_CPU = '0'
const LOAD_CPU = '1'

/** A server in a process of its own. */
export interface ServerProcess {
  readonly process: ChildProcess
  readonly pid: number
  readonly port: number
  /** From its start until it accepts requests, in milliseconds. */
  readonly startMs: number
  /** Processor time that it has used so far, in microseconds: unlike its pace it does not depend on what else the machine does. */
  cpu(): number
  stop(): Promise<void>
}

/** A command on the servers' processor, where the machine can do that. */
export function pinned(command: readonly string[], cpu = SERVER_CPU): [program: string, ...args: string[]] {
  const [program = '', ...args] = command
  if (availableParallelism() < 2 || !existsSync('/usr/bin/taskset')) return [program, ...args]
  return ['/usr/bin/taskset', '-c', cpu, program, ...args]
}

/** This process, which makes the load, leaves the servers' processor alone. */
export async function pinLoad(): Promise<void> {
  const [program, ...args] = pinned(['-p'], LOAD_CPU)
  if (program !== '/usr/bin/taskset') return
  const child = spawn(program, ['-p', '-c', args[1] ?? LOAD_CPU, String(process.pid)], { stdio: 'ignore' })
  await once(child, 'exit')
}

/** The package as it is installed: the bundle, without sources beside it. @returns its program */
export async function builtPackage(): Promise<string> {
  const folder = join(CACHE, 'package')
  const build = spawn(process.execPath, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT, stdio: 'inherit' })
  const [code] = (await once(build, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the build ended with ${code}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const part of ['bin', 'dist', 'package.json'])
    await cp(join(ROOT, part), join(folder, part), { recursive: true })
  return join(folder, 'bin/trainyard')
}

/** The program of the package that `npm run bench` has built, or one built now. */
export async function trainyardProgram(): Promise<string> {
  return process.env['TRAINYARD_BENCH_PROGRAM'] ?? builtPackage()
}

export interface ServeOptions {
  readonly program: string
  readonly data: string
  readonly hold?: boolean
  /** On one processor, as the load is on the other. */
  readonly pin?: boolean
}

export function startTrainyard({ program, data, hold = true, pin = true }: ServeOptions): Promise<ServerProcess> {
  const serve = [process.execPath, program, 'serve', '--data', data, '--port', '0', ...(hold ? ['--hold'] : [])]
  return start(pin ? pinned(serve) : (serve as [string, ...string[]]))
}

/** `bare-server.ts`, on the same processor. @param kind which of its servers */
export async function startBare(kind: string, ...args: readonly string[]): Promise<ServerProcess> {
  bareProgram ??= builtBare()
  return start(pinned([process.execPath, await bareProgram, kind, ...args]))
}

let bareProgram: Promise<string> | undefined

/** As JavaScript, like ours: a yardstick that had Node read TypeScript would take longer to start, and more memory. */
async function builtBare(): Promise<string> {
  const outfile = join(CACHE, 'bare-server.mjs')
  await build({ entryPoints: [join(import.meta.dirname, 'bare-server.ts')], outfile, format: 'esm' })
  return outfile
}

/** Started, and its first line with a URL or a port read. */
export async function start([program, ...args]: [program: string, ...args: string[]]): Promise<ServerProcess> {
  const begin = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: serverEnvironment() })
  const { port, at } = await firstPort(child)
  return {
    process: child,
    pid: child.pid ?? 0,
    port,
    startMs: at - begin,
    cpu: () => cpuOf(child.pid ?? 0),
    stop: () => stop(child),
  }
}

/** A python that jobs' user may read. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `/usr/local/bin:/usr/bin:/bin:${dirname(process.execPath)}` }
}

/** Of all its threads, from /proc, in ticks of 10 ms. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

async function firstPort(child: ChildProcess): Promise<{ port: number; at: number }> {
  if (!child.stdout) throw new TypeError('a server without output')
  const lines = createInterface(child.stdout)
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1]
      if (port !== undefined) resolve({ port: Number(port), at: performance.now() })
    })
    lines.on('close', () => reject(new Error('the server ended before it listened')))
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** A data folder for one bench; not below /tmp, which jobs do not see. @param memory on a file system in memory, where a sync costs nothing */
export async function temporaryData(name: string, { memory = false } = {}): Promise<string> {
  if (memory) return mkdtemp(join('/dev/shm', `trainyard-bench-${name}-`))
  await mkdir(CACHE, { recursive: true })
  return mkdtemp(join(CACHE, `${name}-`))
}
