import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { dirname } from 'node:path'
import { systemDurableFiles, type DurableFiles } from '../durable/durable-files.ts'
import { INDEX_SUFFIX } from '../telemetry/log-format.ts'
import { IndexedStream, type IndexedStreamOptions } from './indexed-stream.ts'

/** How often a stream is looked at. */
export interface LogPolling {
  /** Milliseconds between looks while the stream grows. */
  readonly busyMs: number
  /** Looks without growth after which the stream counts as idle and is only watched. */
  readonly idleAfter: number
  /** Milliseconds between looks at an idle stream, beside its watch: some file systems announce nothing, and announcements may overflow. */
  readonly idleMs: number
}

/** A line is indexed well within 100 ms; a busy stream costs 20 records a second, an idle one a stat. */
const POLLING: LogPolling = { busyMs: 50, idleAfter: 20, idleMs: 1000 }
/** Bytes by which a stream grows before they are put on the disk on the way, so that little is left for its end to wait for. */
const FLUSH_BYTES = 8 * 1024 * 1024

export interface LogFileOptions extends IndexedStreamOptions {
  /** Lets go of the stream, as `close` does. */
  readonly signal?: AbortSignal
  /** Told once of each different failure to follow the stream (a full disk); it is tried again until it works. */
  readonly onError?: (error: unknown) => void
  readonly polling?: LogPolling
  /** In place of the real disk. */
  readonly durable?: Pick<DurableFiles, 'flush'>
}

/** Sealing was asked of a stream that had been let go of. */
export class LogFileClosedError extends Error {
  override readonly name = 'LogFileClosedError'
  readonly code = 'LOG_FILE_CLOSED'
  readonly file: string

  constructor(file: string) {
    super(`The log ${file} is closed and cannot be sealed; open it again first.`)
    this.file = file
  }
}

/**
 * Follows the raw file that a job's processes write through the kernel, and keeps its index (telemetry/log-format.ts). The job is never in its way:
 * it writes with O_APPEND and knows nothing of us, and what it writes beyond the limit is cut off behind it.
 *
 * A stream is busy (looked at by a timer), idle (woken by the file system, with a slow timer as a net), sealed or closed. After a crash it is opened
 * again and goes on from where the raw file stands.
 *
 * The timers are real, not job time: they follow a file of this machine, and only what they record is in job time.
 */
export class LogFile {
  readonly #file: string
  readonly #stream: IndexedStream
  readonly #onError: (error: unknown) => void
  readonly #signal: AbortSignal | undefined
  readonly #polling: LogPolling
  readonly #durable: Pick<DurableFiles, 'flush'>
  readonly #abort = () => this.close()
  #timer: NodeJS.Timeout | undefined
  #watcher: FSWatcher | undefined
  #quiet = 0
  #failure = ''
  /** Bytes that have been put on the disk, or are being put there. */
  #flushed = 0
  #flushing: Promise<void> = Promise.resolve()
  #closed = false
  #sealing: Promise<void> | undefined

  private constructor(options: LogFileOptions) {
    this.#file = options.file
    this.#stream = new IndexedStream(options)
    this.#onError = options.onError ?? (() => undefined)
    this.#signal = options.signal
    this.#polling = options.polling ?? POLLING
    this.#durable = options.durable ?? systemDurableFiles
  }

  /** @throws the file system's error when the files cannot be opened */
  static open(options: LogFileOptions): LogFile {
    options.signal?.throwIfAborted()
    const log = new LogFile(options)
    options.signal?.addEventListener('abort', log.#abort, { once: true })
    if (!log.#stream.sealed) log.#look()
    return log
  }

  /**
   * Indexes everything that is there, makes both files durable, marks the stream as complete and lets go of it. To be called when no process of the
   * job is left. Any number of times, also on a stream that an earlier life sealed; after a failure it may be tried again.
   * @throws LogFileClosedError after `close`
   */
  seal(): Promise<void> {
    this.#sealing ??= this.#seal().catch((error: unknown) => {
      this.#sealing = undefined
      this.#flushing = Promise.resolve()
      throw error
    })
    return this.#sealing
  }

  /** Lets go without sealing. Any number of times. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#rest()
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#stream.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #seal(): Promise<void> {
    if (this.#closed) throw new LogFileClosedError(this.#file)
    this.#rest()
    this.#stream.advance()
    // The raw bytes, if any, first: a seal that survives a loss of power must not promise bytes that did not.
    if (this.#stream.size > 0) await this.#flush()
    if (this.#closed) throw new LogFileClosedError(this.#file)
    this.#stream.seal()
    await Promise.all([this.#durable.flush(this.#file + INDEX_SUFFIX), this.#durable.flush(dirname(this.#file))])
    this.close()
  }

  readonly #look = (): void => {
    clearTimeout(this.#timer)
    const grew = this.#advance()
    if (this.#stream.size - this.#flushed >= FLUSH_BYTES) this.#flush().catch(() => undefined)
    this.#quiet = grew ? 0 : this.#quiet + 1
    // A busy stream would wake us with every write.
    if (grew) this.#unwatch()
    const { busyMs, idleAfter, idleMs } = this.#polling
    const idle = this.#quiet > idleAfter && this.#watch()
    this.#timer = setTimeout(this.#look, idle ? idleMs : busyMs)
  }

  /** One after the other, until one fails: the kernel tells only once of bytes that a disk has not taken, so that whoever asks next is told of it too. */
  #flush(): Promise<void> {
    this.#flushed = this.#stream.size
    this.#flushing = this.#flushing.then(() => this.#durable.flush(this.#file))
    return this.#flushing
  }

  /** A failure is no reason to stop following: the disk may have room again at the next look. */
  #advance(): boolean {
    try {
      return this.#stream.advance()
    } catch (error) {
      if (String(error) !== this.#failure) this.#onError(error)
      this.#failure = String(error)
      return false
    }
  }

  /** @returns false where the system has no watch left to give, or grew while it was set up: then the timer alone follows */
  #watch(): boolean {
    if (this.#watcher) return true
    try {
      this.#watcher = watch(this.#file, this.#wake)
      this.#watcher.on('error', () => this.#unwatch())
    } catch {
      return false
    }
    // What was written before the watch stood has not been announced.
    if (!this.#stream.grown()) return true
    this.#unwatch()
    return false
  }

  readonly #wake = (): void => {
    this.#quiet = 0
    this.#look()
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#unwatch()
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
