import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { clientVenv, type ClientVenv } from '../../scripts/client-venvs.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { ForbiddenNetwork } from './forbidden-network.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const EXAMPLES = join(ROOT, 'examples')
const PROGRAM = join(ROOT, 'bin', 'trainyard')
const LOOPBACK_ONLY = join(import.meta.dirname, 'loopback-only.mjs')
/** A python that the jobs' user can read, wherever the one of this shell lies. */
const JOB_PYTHON = ['/usr/bin/python3', '/usr/local/bin/python3'].find((path) => existsSync(path)) ?? process.execPath
const IMAGES = { '763104351884.dkr.ecr.*': JOB_PYTHON } as const

export interface ClientResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A real server with a data folder of its own, and real clients in processes of their own that know only what `trainyard env` says. */
export class ClientServer {
  readonly #folder: string
  readonly #server: ChildProcess
  readonly #network: ForbiddenNetwork
  readonly #variables: Readonly<Record<string, string>>

  private constructor(folder: string, server: ChildProcess, network: ForbiddenNetwork, variables: object) {
    this.#folder = folder
    this.#server = server
    this.#network = network
    this.#variables = { ...variables }
  }

  /**
   * @param images patterns of images beside AWS's own, each with the python that stands for it
   * @param options of `serve` besides
   */
  static async start(
    images: Readonly<Record<string, string>> = {},
    options: readonly string[] = [],
  ): Promise<ClientServer> {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-clients-'))
    const data = join(folder, 'data')
    await mkdir(data, { mode: 0o700 })
    for (const name of ['home', 'tmp']) await mkdir(join(folder, name))
    await writeFile(join(data, 'trainyard.yaml'), configuration({ ...IMAGES, ...images }))
    const server = spawn(process.execPath, [PROGRAM, 'serve', '--data', data, '--port', '0', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await listening(server)
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, 'env', '--data', data, '--json'])
    return new ClientServer(folder, server, await ForbiddenNetwork.open(), JSON.parse(stdout) as object)
  }

  /** What `trainyard env` prints. */
  get variables(): Readonly<Record<string, string>> {
    return this.#variables
  }

  /** A folder for what clients write; goes with the server. */
  get folder(): string {
    return join(this.#folder, 'home')
  }

  /** Where clients put temporary files. */
  get temporaryFiles(): string {
    return join(this.#folder, 'tmp')
  }

  /** Runs a program of a virtual environment, such as `python` or `aws`, to its end. */
  async runPython(venv: ClientVenv, program: string, args: readonly string[]): Promise<ClientResult> {
    return this.#run(program, args, { PATH: this.#path(join(await clientVenv(venv), 'bin')) })
  }

  /** Runs a Node program to its end; it ends at once if it reaches for any other machine. */
  async runNode(script: string, args: readonly string[] = []): Promise<ClientResult> {
    return this.#run(process.execPath, ['--import', LOOPBACK_ONLY, script, ...args], { PATH: this.#path() })
  }

  /**
   * Runs a shell script as a person would who has only the server's `bin/trainyard`: without the variables of `trainyard env`, in a folder that looks like
   * the root of a clone whose `bin/trainyard` knows this server.
   */
  async runAsReader(script: string, venv?: ClientVenv): Promise<ClientResult> {
    const clone = await this.#clone()
    const folders = [...(venv ? [join(await clientVenv(venv), 'bin')] : []), dirname(process.execPath)]
    return this.#run('sh', ['-euc', script], { PATH: this.#path(...folders) }, { cwd: clone, variables: {} })
  }

  /** What clients tried to reach beyond this machine. */
  get forbidden(): readonly string[] {
    return this.#network.attempts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.kill('SIGTERM')
    if (this.#server.exitCode === null) await once(this.#server, 'exit')
    await this.#network.close()
    await removeDataFolder(join(this.#folder, 'data'))
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #run(
    program: string,
    args: readonly string[],
    extra: Readonly<Record<string, string>>,
    { cwd, variables } = { cwd: this.folder, variables: this.#variables },
  ): Promise<ClientResult> {
    const fixed = { HOME: this.folder, TMPDIR: this.temporaryFiles, LANG: 'C.UTF-8' }
    const env = { ...fixed, ...this.#network.variables, ...variables, ...extra }
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
    }
    const [code] = (await once(child, 'close')) as [number | null]
    return { code: code ?? -1, ...output }
  }

  async #clone(): Promise<string> {
    const clone = await mkdtemp(join(this.#folder, 'clone-'))
    await mkdir(join(clone, 'bin'))
    await symlink(EXAMPLES, join(clone, 'examples'))
    const program = `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@" --data "${join(this.#folder, 'data')}"\n`
    await writeFile(join(clone, 'bin', 'trainyard'), program, { mode: 0o755 })
    return clone
  }

  #path(...first: readonly string[]): string {
    return [...first, '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter)
  }
}

/** JSON is YAML as well. */
function configuration(images: Readonly<Record<string, string>>): string {
  const named = Object.entries(images).map(([image, python], n) => ({ image, python, name: `test/python-${n}` }))
  return JSON.stringify({
    environments: Object.fromEntries(named.map(({ name, python }) => [name, { python }])),
    images: Object.fromEntries(named.map(({ name, image }) => [image, name])),
    stop: { grace: '20s' },
    // Jobs of a test run side by side.
    fleet: { cpus: 1000, memory: '10TiB' },
  })
}

/** Returns when the server says that it accepts requests. */
async function listening(server: ChildProcess): Promise<void> {
  const seen: string[] = []
  const lines = createInterface({ input: server.stdout ?? process.stdin })
  for await (const line of lines) {
    seen.push(line)
    if (line.includes('"msg":"listening"')) {
      // Nobody reads on: without this a full pipe would stop the server.
      server.stdout?.resume()
      return
    }
  }
  throw new Error(`The server ended before it listened:\n${seen.join('\n')}`)
}
