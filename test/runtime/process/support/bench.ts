import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { instanceFolder, type InstanceFolder } from '../../../../src/agent/instance-folder.ts'
import type { Isolation, JobUser } from '../../../../src/agent/messages.ts'
import { RealClock } from '../../../../src/clock/real-clock.ts'
import { ProcessRuntime } from '../../../../src/runtime/process/process-runtime.ts'
import type { HostResources } from '../../../../src/lifecycle/placement.ts'
import type {
  Artifact,
  ChannelFile,
  Instance,
  InstanceSpec,
  NetworkKind,
  Runtime,
} from '../../../../src/runtime/runtime.ts'
import { answering } from './answering.ts'
import { resources } from '../../../support/resources.ts'
import { fieldsOf, isRunning, runningProcesses } from './processes.ts'

export const JOB_USER: JobUser = { uid: 59_484, gid: 59_484 }
export const AS_ROOT = process.getuid?.() === 0
/** What a command has as its own, whichever the box: the folder that is /opt/ml elsewhere. */
export const ML = '${SAGEMAKER_BASE_DIR:-/opt/ml}'

export const AGENT_COMMAND = [process.execPath, join(import.meta.dirname, 'agent.ts')] as const

export interface LaunchOptions {
  /** Of which the instance is one; alone, unless it is given. */
  readonly job?: { readonly id: string; readonly hosts: readonly string[]; readonly network: NetworkKind }
  readonly host?: string
  readonly variables?: Record<string, string>
  readonly channels?: readonly string[]
  readonly python?: string
  readonly resources?: HostResources
}

interface BenchOptions {
  /** Where the data folder is made; not /tmp, which a job does not see anyway. */
  readonly parent?: string
  /** What starts the agent. */
  readonly agentCommand?: readonly string[]
  readonly limits?: 'auto' | 'off'
}

/** A data folder with a process runtime in it, as the server has them, and ways to break them. */
export class Bench implements AsyncDisposable {
  readonly dataFolder: string
  readonly isolation: Isolation | 'auto'
  runtime!: Runtime
  #jobs = 0

  readonly #agentCommand: readonly string[]

  readonly #limits: 'auto' | 'off'

  private constructor(isolation: Isolation | 'auto', dataFolder: string, options: Required<BenchOptions>) {
    this.isolation = isolation
    this.dataFolder = dataFolder
    this.#agentCommand = options.agentCommand
    this.#limits = options.limits
  }

  static async open(
    isolation: Isolation | 'auto',
    { parent = '/var/tmp', agentCommand = AGENT_COMMAND, limits = 'auto' }: BenchOptions = {},
  ): Promise<Bench> {
    const folder = mkdtempSync(join(parent, 'trainyard-test-'))
    const bench = new Bench(isolation, folder, { parent, agentCommand, limits })
    await bench.openRuntime()
    return bench
  }

  /** A new server on the same data folder. */
  async openRuntime(): Promise<void> {
    this.runtime = new ProcessRuntime({
      dataFolder: this.dataFolder,
      config: {
        isolation: this.isolation,
        uid: JOB_USER.uid,
        network: '10.0.2.0/24',
        limits: this.#limits,
        pids: 32_768,
      },
      ...(AS_ROOT ? { jobUser: JOB_USER } : {}),
      agentCommand: this.#agentCommand,
      taker: () => Promise.resolve({ accept: answering }),
      clock: new RealClock(),
      log: pino({ level: 'silent' }),
    })
    await this.runtime.capabilities()
  }

  /** A new instance, its command a script of sh. */
  async launch(script: string, options: LaunchOptions = {}): Promise<Subject> {
    return this.launchCommand(['/bin/sh', '-c', script], options)
  }

  async launchCommand(command: readonly string[] | undefined, options: LaunchOptions = {}): Promise<Subject> {
    // There it would wait for the one before it.
    if (this.isolation === 'link') await this.#destroyAll()
    const spec = this.spec(command, options)
    const instance = await this.runtime.launch(spec, {})
    return new Subject(this, instance, spec)
  }

  /** No other bench's of this machine: processes are told by it. */
  jobId(): string {
    return `job-${this.dataFolder.slice(-6)}-${++this.#jobs}`
  }

  /** A new job of that many instances, all with one command. */
  async launchJob(count: number, network: NetworkKind, command: readonly string[]): Promise<readonly Subject[]> {
    const launch = async (spec: InstanceSpec) => new Subject(this, await this.runtime.launch(spec, {}), spec)
    return Promise.all(this.specsOfJob(count, network, command).map(launch))
  }

  specsOfJob(count: number, network: NetworkKind, command: readonly string[]): readonly InstanceSpec[] {
    const hosts = Array.from({ length: count }, (_, index) => `algo-${index + 1}`)
    const job = { id: this.jobId(), hosts, network }
    return hosts.map((host) => this.spec(command, { job, host }))
  }

  spec(command: readonly string[] | undefined, options: LaunchOptions = {}): InstanceSpec {
    const { host = 'algo-1', job = { id: this.jobId(), hosts: [host], network: 'machine' } } = options
    return {
      id: { jobId: job.id, attempt: 1, host },
      hosts: job.hosts,
      network: job.network,
      environment: { name: 'test', python: options.python ?? '/bin/python-that-is-not-used' },
      resources: options.resources ?? resources(),
      command,
      variables: options.variables ?? {},
      configFiles: {
        'hyperparameters.json': '{"epochs":"3"}',
        ...(options.job ? { 'resourceconfig.json': JSON.stringify({ current_host: host, hosts: job.hosts }) } : {}),
      },
      channels: options.channels ?? [],
      logFile: join(this.dataFolder, 'logs', `${job.id}-${host}`),
      logMaxBytes: 2 ** 30,
    }
  }

  /** A stored object's file, as the object store keeps it: the job user's own. */
  blob(name: string, content: string): string {
    const path = join(this.dataFolder, 'objects', 'blobs', name)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, content, { mode: 0o600 })
    if (AS_ROOT) chownSync(path, JOB_USER.uid, JOB_USER.gid)
    return path
  }

  /** The agent that runs now. */
  agentPid(): number {
    const lines = readFileSync(this.#agentLog, 'utf8').split('\n')
    const ready = lines.findLast((line) => line.includes('"agent ready"'))
    return ready === undefined ? 0 : (JSON.parse(ready) as { agent: number }).agent
  }

  get #agentLog(): string {
    return join(this.dataFolder, 'agent', 'log')
  }

  /** As a crash does, and waits until it is gone. */
  async killAgent(): Promise<void> {
    // One that was killed before may not have its successor yet.
    await until(() => isRunning(this.agentPid()))
    const pid = this.agentPid()
    process.kill(pid, 'SIGKILL')
    await until(() => !isRunning(pid))
  }

  /** Also one that has not yet said that it is there. */
  async #endAgents(): Promise<void> {
    for (const pid of this.#agents()) process.kill(pid, 'SIGTERM')
    await until(() => this.#agents().length === 0)
  }

  #agents(): number[] {
    return runningProcesses().filter((pid) => fieldsOf(pid, 'cmdline').includes(this.dataFolder))
  }

  async #destroyAll(): Promise<void> {
    for (const id of await this.runtime.known()) await (await this.runtime.find(id))?.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#destroyAll().catch(() => undefined)
    await this.runtime.close()
    await this.#endAgents()
    rmSync(this.dataFolder, { recursive: true })
  }
}

/** One instance under test. */
export class Subject {
  readonly bench: Bench
  readonly instance: Instance
  readonly spec: InstanceSpec

  constructor(bench: Bench, instance: Instance, spec: InstanceSpec) {
    this.bench = bench
    this.instance = instance
    this.spec = spec
  }

  /** The instance's folder, whose `ml` is its /opt/ml where no workspaces lie elsewhere. */
  get place(): InstanceFolder {
    const { id } = this.spec
    const order = readFileSync(instanceFolder(this.bench.dataFolder, id).order, 'utf8')
    return instanceFolder(
      this.bench.dataFolder,
      id,
      (JSON.parse(order) as { plan: { workspaces?: string } }).plan.workspaces,
    )
  }

  get log(): string {
    return readFileSync(this.spec.logFile, 'utf8')
  }

  /** Without what sh says of a child that died of a signal. */
  get said(): string[] {
    return this.log.split('\n').filter((line) => line !== '' && line !== 'Terminated')
  }

  async fill(channel: string, files: readonly ChannelFile[]): Promise<void> {
    await this.instance.download([{ name: channel, files: each(files) }], {})
  }

  collect(): Promise<readonly Artifact[]> {
    return this.bench.runtime.collect([this.spec.id], {})
  }

  /** Starts the command and waits for its end. */
  async run() {
    await this.instance.start({})
    return this.instance.wait({})
  }

  /** Starts the command and waits until it has said so. */
  async startUntil(word: string): Promise<void> {
    await this.instance.start({})
    await until(() => this.log.includes(word))
  }
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values
}

/** Processes that carry this instance's name. */
export function processesOf({ spec }: Subject): number[] {
  const name = `TRAINYARD_INSTANCE=${spec.id.jobId}/1/${spec.id.host}`
  return runningProcesses().filter((pid) => fieldsOf(pid, 'environ').includes(name))
}

/** For what announces itself nowhere: another process's end, a line in a file. Fails after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUp = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > giveUp) throw new Error(`It did not come about: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
