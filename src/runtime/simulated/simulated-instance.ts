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

/** How an instance's command fares unless it is stopped first. */
export interface SimulatedCommand {
  /** Milliseconds of job time; the stage's own where it is not given. */
  readonly run?: number
  /** Exit code 0 where it is not given. */
  readonly end?: InstanceEnd
  /** Whether it ignores SIGTERM, so that a stop takes its whole grace. */
  readonly ignoresTerm?: boolean
}

interface Parts {
  readonly clock: JobClock
  readonly stages: SimulatedStages
  readonly command: SimulatedCommand
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
  /** Aborted by a stop; its reason is how the command then ends. */
  readonly #stopped = new AbortController()
  #spec: InstanceSpec | undefined
  #end: Promise<InstanceEnd> | undefined
  #endedAt: number | undefined
  #isStopping = false

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

  endedAt(): Promise<number | undefined> {
    return Promise.resolve(this.#endedAt)
  }

  async stop({ graceMs, signal }: { readonly graceMs: number } & Waiting): Promise<void> {
    this.#end ??= Promise.resolve(TERMINATED)
    if (!this.#isStopping) void this.#endWithin(graceMs, this.#end)
    this.#isStopping = true
    await (signal ? Promise.race([this.#end, aborted(signal)]) : this.#end)
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
    const { clock, stages, command } = this.#parts
    const takes = stage === 'run' ? (command.run ?? stages.run) : stages[stage]
    const due = this.#due.get(stage) ?? clock.monotonic() + takes
    this.#due.set(stage, due)
    await clock.sleep(due - clock.monotonic(), signal ? { signal } : {})
  }

  async #run(): Promise<InstanceEnd> {
    const { clock, command } = this.#parts
    const log = new SimulatedLog(this.#spec?.logFile, clock)
    log.line('simulated training begins')
    const { end, text } = await this.#play('run', this.#stopped.signal).then(
      () => ({ end: command.end ?? SUCCEEDED, text: 'simulated training ends' }),
      (stopped: InstanceEnd) => ({ end: stopped, text: 'simulated training was stopped' }),
    )
    log.line(text)
    log.seal()
    if (end.kind !== 'lost') this.#endedAt = clock.now()
    return end
  }

  /** SIGTERM, and SIGKILL once the grace is over. */
  async #endWithin(graceMs: number, end: Promise<InstanceEnd>): Promise<void> {
    if (!this.#parts.command.ignoresTerm) return this.#stopped.abort(TERMINATED)
    const over = new AbortController()
    void end.then(() => over.abort())
    await this.#parts.clock.sleep(graceMs, { signal: over.signal }).catch(() => undefined)
    this.#stopped.abort(KILLED)
  }
}

const SUCCEEDED: InstanceEnd = { kind: 'exited', code: 0 }
/** 128 + SIGTERM. */
const TERMINATED: InstanceEnd = { kind: 'signalled', code: 143 }
/** 128 + SIGKILL. */
const KILLED: InstanceEnd = { kind: 'signalled', code: 137 }

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
