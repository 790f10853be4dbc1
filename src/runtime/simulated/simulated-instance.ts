import { appendFileSync, writeFileSync } from 'node:fs'
import type { JobClock } from '../../clock/clock.ts'
import { encodeIndexRecord, INDEX_SUFFIX } from '../../telemetry/log-format.ts'
import type { ChannelData, Instance, InstanceEnd, InstanceId, InstanceSpec } from '../runtime.ts'

/** Milliseconds of job time that each stage takes. */
export interface SimulatedStages {
  readonly launch: number
  readonly download: number
  readonly run: number
  readonly collect: number
}

interface Parts {
  readonly clock: JobClock
  readonly stages: SimulatedStages
  /** Called when nothing of the instance is left. */
  gone(): void
}

interface Waiting {
  readonly signal?: AbortSignal
}

/** One instance that does nothing but take its time. Each stage is played once, whoever asks for it how often. */
export class SimulatedInstance implements Instance {
  readonly id: InstanceId
  readonly #parts: Parts
  /** When each stage that has begun will be over, on the monotonic clock. */
  readonly #due = new Map<keyof SimulatedStages, number>()
  readonly #stopped = new AbortController()
  #spec: InstanceSpec | undefined
  #end: Promise<InstanceEnd> | undefined

  constructor(id: InstanceId, parts: Parts) {
    this.id = id
    this.#parts = parts
  }

  async launch(spec: InstanceSpec, { signal }: Waiting): Promise<void> {
    this.#spec = spec
    await this.#play('launch', signal)
  }

  async download(_channels: readonly ChannelData[], { signal }: Waiting): Promise<void> {
    await this.#play('download', signal)
  }

  start(): Promise<void> {
    this.#end ??= this.#run()
    return Promise.resolve()
  }

  async wait({ signal }: Waiting): Promise<InstanceEnd> {
    const end = this.#end
    if (!end) return { kind: 'lost', detail: 'The instance was never started' }
    return signal ? Promise.race([end, aborted(signal)]) : end
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#end ??= Promise.resolve(TERMINATED)
    await this.#end
  }

  /** There is nothing to pack; it takes its time all the same. */
  async collect({ signal }: Waiting): Promise<void> {
    await this.#play('collect', signal)
  }

  destroy(options: { readonly keep?: boolean } = {}): Promise<void> {
    if (!options.keep) this.#parts.gone()
    return Promise.resolve()
  }

  async #play(stage: keyof SimulatedStages, signal: AbortSignal | undefined): Promise<void> {
    const { clock, stages } = this.#parts
    const due = this.#due.get(stage) ?? clock.monotonic() + stages[stage]
    this.#due.set(stage, due)
    await clock.sleep(due - clock.monotonic(), signal ? { signal } : {})
  }

  async #run(): Promise<InstanceEnd> {
    const log = new SimulatedLog(this.#spec?.logFile, this.#parts.clock)
    log.line('simulated training begins')
    const stopped = await this.#play('run', this.#stopped.signal).then(
      () => false,
      () => true,
    )
    log.line(stopped ? 'simulated training was stopped' : 'simulated training ends')
    log.seal()
    return stopped ? TERMINATED : { kind: 'exited', code: 0 }
  }
}

/** 128 + SIGTERM. */
const TERMINATED: InstanceEnd = { kind: 'signalled', code: 143 }

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const refuse = () => reject(signal.reason)
    if (signal.aborted) refuse()
    else signal.addEventListener('abort', refuse, { once: true })
  })
}

/**
 * The stream of an instance that has no process to write it. Synchronous, because virtual time goes on when the event loop has nothing left to do, and a few
 * bytes under way in a thread would not be seen.
 */
class SimulatedLog {
  readonly #file: string | undefined
  readonly #clock: JobClock
  #offset = 0

  constructor(file: string | undefined, clock: JobClock) {
    this.#file = file
    this.#clock = clock
  }

  line(text: string): void {
    if (this.#file === undefined) return
    const bytes = Buffer.from(`${text}\n`)
    if (this.#offset === 0) writeFileSync(this.#file, bytes)
    else appendFileSync(this.#file, bytes)
    this.#offset += bytes.length
    this.#record(false)
  }

  seal(): void {
    if (this.#file !== undefined) this.#record(true)
  }

  #record(sealed: boolean): void {
    const record = encodeIndexRecord({ time: this.#clock.now(), offset: this.#offset, sealed })
    appendFileSync(`${this.#file}${INDEX_SUFFIX}`, record)
  }
}
