import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** What `npm` told the scripts that it runs, this one among them, must not reach the npm that is tested. */
const ENVIRONMENT = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
  PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
  TRAINYARD_DATA: '',
}

/** `npm pack`. @returns the tarball */
export async function pack(folder: string): Promise<string> {
  await run('npm', ['pack', '--pack-destination', folder], { cwd: ROOT, env: ENVIRONMENT })
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  return join(folder, tarball)
}

/** The package installed from its tarball alone, without a network and without a cache, in an empty folder. */
export class InstalledPackage {
  readonly folder: string
  /** Where `package.json` and `bin` are. */
  readonly root: string

  private constructor(folder: string) {
    this.folder = folder
    this.root = join(folder, 'node_modules/trainyard')
  }

  static async install(folder: string, tarball: string): Promise<InstalledPackage> {
    await mkdir(folder)
    const nothing = join(folder, '../empty-cache')
    await run('npm', ['install', '--offline', '--cache', nothing, tarball], { cwd: folder, env: ENVIRONMENT })
    return new InstalledPackage(folder)
  }

  /** `npx trainyard …` to its end. @throws where it fails */
  async npx(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('npx', ['--offline', 'trainyard', ...args], { cwd: this.folder, env: ENVIRONMENT })
    return stdout
  }

  /** `npx trainyard serve`, once it listens. */
  async serve(data: string): Promise<ServingPackage> {
    const args = ['--offline', 'trainyard', 'serve', '--port', '0', '--data', data]
    const options = { cwd: this.folder, env: ENVIRONMENT, detached: true } as const
    const child = spawn('npx', args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface(child.stdout)
    const messages: string[] = []
    const listening = Promise.withResolvers<string>()
    lines.on('line', (line) => {
      const { msg = '', url } = JSON.parse(line) as { readonly msg?: string; readonly url?: string }
      messages.push(msg)
      if (url !== undefined) listening.resolve(url)
    })
    // The output is closed when all that wrote to it have gone: npx, the server, and no process of theirs that was forgotten.
    const closed = once(lines, 'close').then(() => listening.reject(new Error(`the server ended: ${messages.join()}`)))
    const stop = async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT')
      await closed
      return messages
    }
    return { url: await listening.promise, stop }
  }
}

export interface ServingPackage {
  readonly url: string
  /** Ctrl-C, which reaches every process of a terminal. @returns all messages of the log once the server has gone */
  stop(): Promise<readonly string[]>
}
