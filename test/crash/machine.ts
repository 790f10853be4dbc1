import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import type { JobClock } from '../../src/clock/clock.ts'
import {
  InstanceError,
  type Artifact,
  type ChannelData,
  type Instance,
  type InstanceId,
  type InstanceSpec,
  type Runtime,
} from '../../src/runtime/runtime.ts'

import { SimulatedRuntime, type SimulatedCommand } from '../../src/runtime/simulated/simulated-runtime.ts'
import { amountOf, fits, NOTHING, plus, type Yard } from '../../src/scheduler/yard.ts'
import { withInstance } from '../supervisor/with-instance.ts'

/** What jobs share: room for two instances of the usual type, or one with a GPU. */
export const YARD: Yard = { cpus: 4, memory: 16 * 2 ** 30, gpus: [0] }

/** How the commands of a job fare; in its `Environment`, as JSON under PLAY. */
export interface Play extends SimulatedCommand {
  /** The commands of so many attempts cannot be started: a platform fault. */
  readonly faultyAttempts?: number
  /** So many launches are no good. */
  readonly unhealthy?: number
}
export const PLAY = 'CRASH_PLAY'

interface OnMachine {
  readonly spec: InstanceSpec
  readonly play: Play
  isStarted: boolean
  /** Whether its command was begun, and nobody has seen its end: it has its part of the yard. */
  isRunning: boolean
}

/**
 * The machine that jobs run on: it outlives every server, as the agent and the jobs' processes do. What a command would do is simulated; its log, its archive and the
 * count of its starts are real.
 */
export class Machine {
  readonly runtime: Runtime
  /** By instance: how often its command was begun. */
  readonly starts = new Map<string, number>()
  /** What went wrong in the machine's own eyes, such as a channel whose bytes are not those that were put. */
  readonly problems: string[] = []
  readonly #folder: () => string
  readonly #logs: string
  readonly #instances = new Map<string, OnMachine>()
  readonly #collected = new Map<string, Promise<Artifact>>()
  readonly #expected: ReadonlyMap<string, string>
  readonly #simulated: SimulatedRuntime
  #unhealthy = 0
  #pending = 0

  /**
   * @param places `folder`: where archives are made, asked each time; `logs`: where streams are written
   * @param expected bytes of every input file, by its path below the channel
   */
  constructor(
    clock: JobClock,
    places: { readonly folder: () => string; readonly logs: string },
    expected: ReadonlyMap<string, string>,
  ) {
    this.#folder = places.folder
    this.#logs = places.logs
    this.#expected = expected
    this.#simulated = new SimulatedRuntime(clock, undefined, (id) => this.#instances.get(keyOf(id))?.play ?? {})
    this.runtime = this.#runtime()
  }

  /** Pieces of work under way that take no job time: it must not go on meanwhile. */
  get pending(): number {
    return this.#pending
  }

  async #atOnce<Result>(work: Promise<Result>): Promise<Result> {
    this.#pending++
    try {
      return await work
    } finally {
      this.#pending--
    }
  }

  #runtime(): Runtime {
    const simulated = withInstance(this.#simulated, (instance) => this.#watched(instance))
    return {
      ...simulated,
      launch: (spec, options) => this.#launch(simulated, spec, options),
      find: async (id) => (this.#instances.has(keyOf(id)) ? simulated.find(id) : undefined),
      known: async () => Array.from(this.#instances.values(), ({ spec }) => spec.id),
      collect: async (ids, options) => {
        await simulated.collect(ids, options)
        return this.#atOnce(Promise.all(ids.slice(0, 1).map((id) => this.#archive(id))))
      },
    }
  }

  async #launch(simulated: Runtime, spec: InstanceSpec, options: { readonly signal?: AbortSignal }): Promise<Instance> {
    const play = JSON.parse(spec.variables[PLAY] ?? '{}') as Play
    if (this.#unhealthy < (play.unhealthy ?? 0)) {
      this.#unhealthy++
      throw new InstanceError('platform', 'no heartbeat')
    }
    const key = keyOf(spec.id)
    if (!this.#instances.has(key)) this.#instances.set(key, { spec, play, isStarted: false, isRunning: false })
    return simulated.launch({ ...spec, logFile: join(this.#logs, basename(spec.logFile)) }, options)
  }

  #watched(instance: Instance): Instance {
    const key = keyOf(instance.id)
    return {
      id: instance.id,
      endedAt: () => instance.endedAt(),
      download: async (channels, options) => {
        for (const channel of channels) await this.#read(channel)
        return instance.download(channels, options)
      },
      pull: (options) => instance.pull(options),
      start: async (options) => {
        const here = this.#instances.get(key)
        if (here && instance.id.attempt <= (here.play.faultyAttempts ?? 0))
          throw new InstanceError('platform', 'the host is lost')
        if (here && !here.isStarted) this.starts.set(key, (this.starts.get(key) ?? 0) + 1)
        if (here) this.#begin(here)
        await instance.start(options)
      },
      wait: async (options) => {
        const end = await instance.wait(options)
        this.#over(key)
        return end
      },
      stop: async (options) => {
        await instance.stop(options)
        this.#over(key)
      },
      destroy: async (options) => {
        await instance.destroy(options)
        this.#over(key)
        if (options?.keep || options?.inputs) return
        this.#instances.delete(key)
        await this.#atOnce(rm(dirname(this.#archivePath(instance.id)), { recursive: true, force: true }))
      },
    }
  }

  /** What runs at the same time fits into the yard, whoever gave it its place. */
  #begin(beginning: OnMachine): void {
    if (!beginning.isStarted) beginning.isRunning = true
    beginning.isStarted = true
    const running = [...this.#instances.values()].filter(({ isRunning }) => isRunning)
    const used = running.reduce((sum, { spec: { resources } }) => plus(sum, amountOf(resources)), NOTHING)
    if (!fits(used, amountOf(YARD))) this.problems.push(`more runs than the yard holds: ${JSON.stringify(used)}`)
  }

  /** Somebody knows that the command has ended, or that it never will run. */
  #over(key: string): void {
    const here = this.#instances.get(key)
    if (here) here.isRunning = false
  }

  async #read(channel: ChannelData): Promise<void> {
    let count = 0
    for await (const { path, source } of channel.files) {
      count++
      const text = await this.#atOnce(readFile(source, 'utf8'))
      if (this.#expected.get(path) !== text) this.problems.push(`the channel file ${path} holds ${text}`)
    }
    if (count !== this.#expected.size) this.problems.push(`the channel ${channel.name} has ${count} files`)
  }

  #archivePath(id: InstanceId): string {
    return join(this.#folder(), 'jobs', `${id.jobId}-${id.attempt}`, 'model.tar.gz')
  }

  /** Made once, as the agent makes it: asked again the answer is the same, also when the file has been taken away. */
  async #archive(id: InstanceId): Promise<Artifact> {
    const key = keyOf(id)
    const made = this.#collected.get(key) ?? this.#pack(id)
    this.#collected.set(key, made)
    return { ...(await made), path: this.#archivePath(id) }
  }

  async #pack(id: InstanceId): Promise<Artifact> {
    const tar = pack()
    tar.entry({ name: 'model.txt' }, modelOf(id.jobId))
    tar.finalize()
    const bytes = await buffer(tar.pipe(createGzip()))
    // At once: the folder moves when a server dies.
    const path = this.#archivePath(id)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
    return { kind: 'model', path, size: bytes.length, md5: createHash('md5').update(bytes).digest('hex') }
  }
}

/** What the archive of a job holds. */
export function modelOf(jobId: string): string {
  return `the model of ${jobId}\n`
}

export function keyOf({ jobId, attempt, host }: InstanceId): string {
  return `${jobId}/${attempt}/${host}`
}
