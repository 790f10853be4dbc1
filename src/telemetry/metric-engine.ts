import { Worker } from 'node:worker_threads'
import type { MetricPattern } from './metric-matcher.ts'
import type { FoundValues } from './metric-search.ts'

/** A stream to be searched from some place on. */
export interface SearchRequest {
  /** Absolute path of the raw file. */
  readonly file: string
  /** File offset at which a line begins. */
  readonly start: number
  /** By number of the metric; undefined for one that has been dropped. */
  readonly patterns: readonly (MetricPattern | undefined)[]
}

export interface FoundMetric extends FoundValues {
  /** Number of the pattern in the request. */
  readonly metric: number
}

export type SearchReply =
  /** `found` are the values up to `end`, maybe several of one metric in the order of time; from `end` the next request goes on, and it is `start` when there is nothing more for now. */
  | { readonly kind: 'searched'; readonly end: number; readonly found: readonly FoundMetric[] }
  /** This pattern cannot be run by its engine: it did not end in time, took the thread with it, or could not be compiled. Nothing was found. */
  | { readonly kind: 'failed'; readonly metric: number; readonly reason: string }
  /** No pattern's fault. */
  | { readonly kind: 'unreadable'; readonly reason: string }

export interface MetricEngineOptions {
  /** Milliseconds that one expression may take over 512 KiB; a usual one takes less than 10. */
  readonly deadlineMs?: number
}

const DEADLINE_MS = 2000
/** Of the thread's heap: a pattern that needs more ends the thread, not the server. */
const HEAP_MB = 256

/**
 * Runs users' expressions in one thread of their own for all jobs, one request after the other. A thread that stays in one expression for too long is ended
 * and the next request gets a new one, so that no expression stalls the server, and none stalls the other jobs for longer than twice the deadline
 * in each 512 KiB of its own log.
 */
export class MetricEngine {
  readonly #deadlineMs: number
  /** Number of the running pattern plus one, zero between patterns; and how many runs have begun. Written by the thread. */
  readonly #running = new Int32Array(new SharedArrayBuffer(8))
  #worker: Worker | undefined
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor({ deadlineMs = DEADLINE_MS }: MetricEngineOptions = {}) {
    this.#deadlineMs = deadlineMs
  }

  /** Starts the thread ahead of the first search. */
  warm(): void {
    if (!this.#closed) this.#start()
  }

  /** Waits for its turn, then searches up to 4 MiB. Never rejects. */
  search(request: SearchRequest): Promise<SearchReply> {
    const reply = this.#last.then(() => this.#ask(request))
    this.#last = reply
    return reply
  }

  /** Ends the thread; a search under way and all later ones are answered as unreadable. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
    await this.#last
  }

  async #ask(request: SearchRequest): Promise<SearchReply> {
    if (this.#closed) return { kind: 'unreadable', reason: 'the server is closing' }
    const worker = this.#start()
    const { promise, resolve } = Promise.withResolvers<SearchReply>()
    const lost = (reason: string) => {
      this.#worker = undefined
      resolve(this.#lost(reason))
    }
    const failed = (error: Error) => lost(error.message)
    const exited = () => lost('its thread ended')
    worker.once('message', resolve).once('error', failed).once('exit', exited)
    const stopWatching = this.#watch((metric) =>
      resolve({ kind: 'failed', metric, reason: `it was still running after ${this.#deadlineMs} ms` }),
    )
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(request)
    const reply = await promise
    stopWatching()
    worker.off('message', resolve).off('error', failed).off('exit', exited)
    if (Atomics.load(this.#running, 0) !== 0) await this.#end(worker)
    return reply
  }

  #start(): Worker {
    if (this.#worker) return this.#worker
    Atomics.store(this.#running, 0, 0)
    const worker = new Worker(workerFile(), {
      workerData: this.#running.buffer,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    // The server ends without waiting for it. An error is followed by the exit, and both are seen by whoever waits for an answer.
    worker.unref()
    worker.on('error', () => undefined)
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
    })
    this.#worker = worker
    return worker
  }

  /** Calls back once the thread has been in the same run of a pattern at two looks in a row. Waiting for the disk is not held against it. */
  #watch(stalled: (metric: number) => void): () => void {
    let before: number | undefined
    const timer = setInterval(() => {
      const [running, runs] = [Atomics.load(this.#running, 0), Atomics.load(this.#running, 1)]
      if (running !== 0 && runs === before) stalled(running - 1)
      before = runs
    }, this.#deadlineMs)
    return () => clearInterval(timer)
  }

  #lost(reason: string): SearchReply {
    const running = Atomics.load(this.#running, 0)
    return running === 0 ? { kind: 'unreadable', reason } : { kind: 'failed', metric: running - 1, reason }
  }

  async #end(worker: Worker): Promise<void> {
    this.#worker = undefined
    await worker.terminate()
  }
}

/** Beside this file, both in the sources and in the bundle that is shipped. */
function workerFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`metrics-worker.${extension}`, import.meta.url)
}
