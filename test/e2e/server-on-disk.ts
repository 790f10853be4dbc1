import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { UNSHARE } from '../support/small-disk.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/trainyard')
/** Shell text that goes before a program: whoever had to become root to mount the disk is an ordinary user again, and the server takes him for one. */
export const AS_SELF =
  process.getuid?.() === 0
    ? ''
    : `unshare --user --map-user=${process.getuid?.()} --map-group=${process.getgid?.()} -- `

/** A server whose data and log are on a small disk of its own, which nobody else sees and which goes with it. */
export class ServerOnDisk implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #mountPoint: string

  private constructor(child: ChildProcess, mountPoint: string) {
    this.#child = child
    this.#mountPoint = mountPoint
  }

  /** @param size as tmpfs takes it */
  static async start(size: string): Promise<ServerOnDisk> {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-disk-'))
    const script = `mount -t tmpfs -o size=${size} none "$0" && exec ${AS_SELF}"$1" "$2" serve --data "$0/data" --port 0 --runtime simulated --log-level debug > "$0/log"`
    const child = spawn('unshare', [...UNSHARE, 'sh', '-c', script, folder, process.execPath, PROGRAM], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return new ServerOnDisk(child, folder)
  }

  /** A path of the disk, as everybody else can reach it. */
  path(name: string): string {
    return join('/proc', String(this.#child.pid), 'root', this.#mountPoint, name)
  }

  /** Resolves with the address once the server has announced it. @throws where the server ends before */
  async url(): Promise<string> {
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`the server ended with ${this.#child.exitCode}`)
      const announced = await readFile(this.path('data/server.json'), 'utf8').catch(() => '')
      if (announced !== '') return (JSON.parse(announced) as { readonly url: string }).url
    }
  }

  /** @returns the exit code */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await exit
    }
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#mountPoint, { recursive: true })
  }
}

/** Runs a shell script on a small disk of its own: `$0` is its folder, `$1` Node, `$2` the program. */
export async function scriptOnDisk(script: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-disk-'))
  try {
    const whole = `mount -t tmpfs -o size=32m none "$0"; ${script}`
    const args = [...UNSHARE, 'sh', '-c', whole, folder, process.execPath, PROGRAM]
    const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ])
    return { code, output: (stdout + stderr).replaceAll(folder, 'DISK') }
  } finally {
    await rm(folder, { recursive: true })
  }
}
