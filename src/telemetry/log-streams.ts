import { basename, join } from 'node:path'
import type { JobClock } from '../clock/clock.ts'
import type { JobRecord, LogStreamRecord, Store } from '../store/store.ts'

export interface LogStreamsContext {
  readonly store: Store
  /** Absolute path of the folder that stream files are named relative to. */
  readonly logsFolder: string
  readonly clock: JobClock
}

interface StreamInstance {
  readonly jobId: string
  readonly attempt: number
  readonly host: string
}

/** Gives each instance its log stream: a restart of a job makes new instances and so new streams (behaviour 5.1). */
export class LogStreams {
  readonly #store: Store
  readonly #logsFolder: string
  readonly #clock: JobClock

  constructor({ store, logsFolder, clock }: LogStreamsContext) {
    this.#store = store
    this.#logsFolder = logsFolder
    this.#clock = clock
  }

  /** Absolute path of the raw file of one instance's stream, whether that is made yet or not. */
  fileOf({ jobId, attempt, host }: StreamInstance): string {
    return join(this.#logsFolder, `${jobId}-${attempt}-${host}`)
  }

  /**
   * Makes the stream of one instance, or finds the one that was made before, also in an earlier life of the server.
   * Not to be asked twice at once for the same one.
   * @returns absolute path of its raw file
   */
  async open(job: JobRecord, instance: Omit<StreamInstance, 'jobId'>): Promise<string> {
    const path = this.fileOf({ jobId: job.id, ...instance })
    const file = basename(path)
    const streams = await this.#store.logStreamsOfJob(job.id)
    if (!streams.some((stream) => stream.file === file)) await this.#make(job, instance.host, file)
    return path
  }

  /** Absolute paths of the raw files of a job's streams, ordered by the streams' names. */
  async filesOf(jobId: string): Promise<string[]> {
    const streams = await this.#store.logStreamsOfJob(jobId)
    return streams.toSorted(byName).map((stream) => join(this.#logsFolder, stream.file))
  }

  /** A job's streams with the absolute paths of their raw files. */
  async ofJob(jobId: string): Promise<{ readonly stream: LogStreamRecord; readonly path: string }[]> {
    const streams = await this.#store.logStreamsOfJob(jobId)
    return streams.map((stream) => ({ stream, path: join(this.#logsFolder, stream.file) }))
  }

  /** `<job>/algo-<n>-<epoch seconds>`; two instances of one host in the same second take the next that is free. */
  async #make({ account, region, name, id }: JobRecord, host: string, file: string): Promise<void> {
    const creationTime = this.#clock.now()
    for (let second = Math.floor(creationTime / 1000); ; second++) {
      const stream = { account, region, name: `${name}/${host}-${second}`, jobId: id, file, creationTime }
      if (await this.#store.logStream({ account, region }, stream.name)) continue
      await this.#store.insertLogStream(stream)
      return
    }
  }
}

function byName(a: LogStreamRecord, b: LogStreamRecord): number {
  return a.name < b.name ? -1 : Number(a.name > b.name)
}
