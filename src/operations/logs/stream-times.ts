import { join } from 'node:path'
import { LogReader } from '../../telemetry/log-index.ts'
import { readPage } from '../../telemetry/log-page.ts'

/** Times of a stream's first and last event, epoch milliseconds; absent while it has none. */
export interface EventTimes {
  readonly first?: number
  readonly last?: number
}

const STREAMS_KEPT = 10_000

/** Looks up when streams were written. What is known of a sealed stream stays true and is kept, within bounds. */
export class StreamTimes {
  readonly #logsFolder: string
  readonly #sealed = new Map<string, EventTimes>()

  constructor(logsFolder: string) {
    this.#logsFolder = logsFolder
  }

  /** @param file relative to the logs folder */
  async of(file: string): Promise<EventTimes> {
    const known = this.#sealed.get(file)
    if (known) return known
    await using reader = await LogReader.open(join(this.#logsFolder, file))
    const [head, tail] = [
      await readPage(reader, { position: { from: 'head' }, limit: 1 }),
      await readPage(reader, { position: { from: 'tail' }, limit: 1 }),
    ]
    const [first] = head.events
    const [last] = tail.events
    const times = first && last ? { first: first.time, last: last.time } : {}
    if (reader.sealed) this.#keep(file, times)
    return times
  }

  #keep(file: string, times: EventTimes): void {
    const [oldest] = this.#sealed.keys()
    if (this.#sealed.size >= STREAMS_KEPT && oldest !== undefined) this.#sealed.delete(oldest)
    this.#sealed.set(file, times)
  }
}
