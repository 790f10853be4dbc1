import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGzip } from 'node:zlib'
import { pack, type Header } from 'tar-stream'

const LAUNCHER = fileURLToPath(new URL('../../src/runtime/process/launcher/launcher.py', import.meta.url))

export interface JobFiles {
  readonly hyperparameters?: Readonly<Record<string, string>>
  /** Files below `code/`, by path. */
  readonly code?: Readonly<Record<string, string>>
  /** Channel → its files, by path. */
  readonly channels?: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>>
  /** Members of resourceconfig.json beside the plain ones. */
  readonly resources?: object
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The failure file; undefined where there is none. */
  readonly failure: string | undefined
}

/** A job's folders, in a temporary place that SAGEMAKER_BASE_DIR names, and the real launcher run in them. */
export class LauncherJob {
  readonly base: string
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.base = join(folder, 'opt-ml')
  }

  static async make(files: JobFiles = {}): Promise<LauncherJob> {
    const job = new LauncherJob(await mkdtemp(join(tmpdir(), 'launcher-')))
    await mkdir(join(job.#folder, 'home'))
    const config = { hyperparameters: files.hyperparameters ?? {}, ...platformFiles(files) }
    for (const [name, value] of Object.entries(config)) {
      await job.write(`input/config/${name}.json`, JSON.stringify(value))
    }
    for (const [path, text] of Object.entries(files.code ?? {})) await job.write(`code/${path}`, text)
    for (const [channel, members] of Object.entries(files.channels ?? {})) {
      for (const [path, text] of Object.entries(members)) await job.write(`input/data/${channel}/${path}`, text)
    }
    return job
  }

  async write(path: string, content: string | Buffer): Promise<void> {
    const target = join(this.base, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
  }

  /** @param wrapper a program and its arguments that the launcher is started by */
  start(environment: Readonly<Record<string, string>> = {}, wrapper: readonly string[] = []): ChildProcess {
    const [program, ...rest] = [...wrapper, 'python3', LAUNCHER] as const
    return spawn(program, rest, { env: this.#environment(environment), stdio: ['ignore', 'pipe', 'pipe'] })
  }

  async run(environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.end(this.start(environment))
  }

  /** Reads all that the process writes, waits for its end, and looks for the failure file. */
  async end(child: ChildProcess): Promise<Ended> {
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => (output[name] += text))
    }
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return { ...output, code, signal, failure: await this.read('output/failure') }
  }

  async read(path: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.base, path), 'utf8')
    } catch {
      return undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  #environment(extra: Readonly<Record<string, string>>): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: join(this.#folder, 'home'),
      LANG: 'C.UTF-8',
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      PIP_NO_INDEX: '1',
      SAGEMAKER_BASE_DIR: this.base,
      TRAINING_JOB_NAME: 'digits',
      AWS_REGION: 'eu-west-1',
      ...extra,
    }
  }
}

function platformFiles({ channels, resources }: JobFiles): Record<string, object> {
  const channel = { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' }
  const group = { instance_group_name: 'homogeneousCluster', instance_type: 'ml.m5.large', hosts: ['algo-1'] }
  return {
    inputdataconfig: Object.fromEntries(Object.keys(channels ?? {}).map((name) => [name, channel])),
    resourceconfig: {
      current_host: 'algo-1',
      current_instance_type: 'ml.m5.large',
      current_group_name: 'homogeneousCluster',
      hosts: ['algo-1'],
      instance_groups: [group],
      network_interface_name: 'eth0',
      ...resources,
    },
  }
}

/** What a test puts into its options that needs a program which a bare machine may lack: there it is left out and says so; in CI it must run. */
export function needs(
  what: string,
  [program, ...args]: readonly [string, ...string[]],
): { readonly skip: string | false } {
  const isThere = spawnSync(program, args, { stdio: 'ignore' }).status === 0
  return {
    skip: isThere || process.env['TRAINYARD_REQUIRE_ALL'] === '1' ? false : `NOT TESTED: no ${what} on this machine`,
  }
}

/** A package of one module that pip can build without a network: it brings its own build backend. */
export function packageFiles(name: string, module: string): Record<string, string> {
  return {
    'setup.py': '',
    'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    'backend.py': BACKEND.replaceAll('NAME', name),
    [`${name}.py`]: module,
  }
}

const BACKEND = `
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    wheel = "NAME-1-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + wheel, "w") as archive:
        archive.write("NAME.py")
        archive.writestr("NAME-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: NAME\\nVersion: 1\\n")
        archive.writestr("NAME-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("NAME-1.dist-info/RECORD", "")
    return wheel
`

/** A gzipped tar archive of these members; each is a file's text, or a header of its own. */
export async function tarball(members: readonly (readonly [string, string | Partial<Header>])[]): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of members) {
    if (typeof content === 'string') archive.entry({ name, mode: 0o644 }, content)
    else archive.entry({ name, ...content })
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive.pipe(createGzip())) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
