import type { JobClock } from '../clock/clock.ts'
import {
  InstanceError,
  type ChannelData,
  type Downloaded,
  type Instance,
  type InstanceEnd,
  type InstanceId,
  type Leave,
  type PullOptions,
} from '../runtime/runtime.ts'
import { linkedController } from '../util/linked-controller.ts'
import type { HostEnded, JobRehearsal } from './job-rehearsal.ts'
import { failImage, failStore, slowed } from './rehearsed-data.ts'
import { unlessLost } from './unless-lost.ts'

interface Waiting {
  readonly signal?: AbortSignal
}
type StopOptions = Parameters<Instance['stop']>[0]

async function drain(files: AsyncIterable<unknown>): Promise<void> {
  for await (const _file of files);
}

/** What the journal says of a SIGTERM that a command was sent. */
export const SIGNALLED = 'rehearsal-stop'

/** An instance that is broken as its job's rehearsal says. */
export class RehearsedInstance implements Instance {
  readonly id: InstanceId
  readonly #instance: Instance
  readonly #rehearsal: JobRehearsal
  readonly #clock: JobClock

  constructor(instance: Instance, rehearsal: JobRehearsal, clock: JobClock) {
    this.id = instance.id
    this.#instance = instance
    this.#rehearsal = rehearsal
    this.#clock = clock
  }

  async download(channels: readonly ChannelData[], options: Waiting): Promise<Downloaded> {
    if (channels.length > 0) await failStore(this.#rehearsal, 'read')
    return unlessLost(this.#rehearsal, [this.id], options, async (signal) => {
      const pace = { clock: this.#clock, signal }
      const slow = channels.map((channel) => slowed(this.#rehearsal, channel, pace))
      const downloaded = await this.#instance.download(slow, { signal })
      // A runtime that plays jobs has not looked at the files; they take their time all the same.
      for (const [index, channel] of slow.entries()) if (channel !== channels[index]) await drain(channel.files)
      return downloaded
    })
  }

  async pull(options: PullOptions): Promise<void> {
    return unlessLost(this.#rehearsal, [this.id], options, async (signal) => {
      await failImage(this.#rehearsal, options)
      await this.#instance.pull({ ...options, signal })
    })
  }

  async start(options: Waiting): Promise<void> {
    const ended = this.#rehearsal.endOf(this.id)?.end
    if (ended?.kind === 'lost') throw new InstanceError('platform', ended.detail)
    await this.#instance.start(options)
  }

  async wait(options: Waiting): Promise<InstanceEnd> {
    const known = this.#rehearsal.endOf(this.id)
    if (known) return this.#endAs(known, options)
    using over = linkedController(options.signal)
    const ended = this.#rehearsal.ended(this.id)
    // Whichever comes second is nobody's concern.
    const waiting = this.#instance.wait({ signal: over.signal })
    waiting.catch(() => undefined)
    const end = await Promise.race([waiting, ended])
    if (!('time' in end)) return end
    over.abort(new Error('the rehearsal has ended the command'))
    return this.#endAs(end, options)
  }

  /** @returns how the command has ended: as the rehearsal says, unless it was over by then */
  async #endAs(ended: HostEnded, options: Waiting): Promise<InstanceEnd> {
    const own = await this.#end(options)
    return (await this.#endedBefore(ended)) === undefined ? ended.end : own
  }

  async endedAt(): Promise<number | undefined> {
    const ended = this.#rehearsal.endOf(this.id)
    if (!ended) return this.#instance.endedAt()
    return (await this.#endedBefore(ended)) ?? (ended.end.kind === 'lost' ? undefined : ended.time)
  }

  async stop(options: StopOptions): Promise<void> {
    if (this.#rehearsal.endOf(this.id)) return void (await this.#end(options))
    using over = linkedController(options.signal)
    const ended = this.#rehearsal.ended(this.id)
    // Whichever comes second is nobody's concern.
    const stopping = this.#stop({ ...options, signal: over.signal })
    stopping.catch(() => undefined)
    const first = await Promise.race([stopping, ended])
    if (!first) return
    over.abort(new Error('the rehearsal has ended the command'))
    await this.#end(options)
  }

  async #stop(options: StopOptions): Promise<void> {
    const begun = this.#clock.now()
    const withheld = await this.#hang(options)
    const graceMs = withheld ? 0 : options.graceMs
    await this.#instance.stop({ ...options, graceMs })
    const tookMs = this.#clock.now() - begun
    const { host, attempt } = this.id
    const answered = !withheld && tookMs < graceMs
    await this.#rehearsal.tell(SIGNALLED, { host, attempt, answered, withheld, tookMs })
  }

  destroy(options?: Leave): Promise<void> {
    return this.#instance.destroy(options)
  }

  /** Nothing of the command goes on, and its log is sealed. @returns how it has ended */
  async #end({ signal }: Waiting): Promise<InstanceEnd> {
    const waiting = signal ? { signal } : {}
    await this.#instance.stop({ graceMs: 0, to: 'all', ...waiting })
    return this.#instance.wait(waiting)
  }

  /** @returns when the command has ended by itself that nobody could end any more */
  async #endedBefore({ time, end }: HostEnded): Promise<number | undefined> {
    const own = await this.#instance.endedAt()
    return own !== undefined && own < time && end.kind !== 'lost' ? own : undefined
  }

  /** @returns whether SIGTERM was withheld; a command that ends by itself meanwhile ends the wait too */
  async #hang({ graceMs, signal }: StopOptions): Promise<boolean> {
    const lasting = await this.#rehearsal.lasting('hang', ({ stage }) => stage === this.#rehearsal.visit.stage)
    if (!lasting) return false
    const left = lasting.made.time + (lasting.injection.lasts ?? graceMs) - this.#clock.now()
    await this.#ownEndWithin(Math.max(0, left), signal)
    return true
  }

  async #ownEndWithin(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    using over = linkedController(signal)
    const works = [this.#clock.sleep(milliseconds, over), this.#instance.wait(over)]
    try {
      await Promise.race(works)
    } finally {
      over.abort(new Error('the wait is over'))
      await Promise.allSettled(works)
    }
  }
}
