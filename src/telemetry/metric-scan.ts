import { stat } from 'node:fs/promises'
import type { FinalMetric } from '../lifecycle/job.ts'
import { INDEX_SUFFIX } from './log-format.ts'
import type { MetricEngine, FoundMetric, SearchReply } from './metric-engine.ts'
import type { MetricPattern } from './metric-matcher.ts'
import { FoundPeriods } from './metric-periods.ts'
import type { FoundPeriod } from './metric-periods.ts'
import { compileMetricRegex } from './metric-regex.ts'
import type { MetricRegex } from './metric-regex-parser.ts'

/** As in the request: AlgorithmSpecification.MetricDefinitions. */
export interface MetricDefinition {
  readonly Name: string
  readonly Regex: string
}

export interface MetricResult {
  /** One element for each definition that has a value, in the order of the definitions (behaviour 5.3). */
  readonly metrics: readonly FinalMetric[]
  /** What is not in the metrics though it was asked for, and why; whole sentences. */
  readonly warnings: readonly string[]
}

/** A definition, the engine that runs it now, and its last value. */
interface Metric {
  readonly name: string
  readonly regex: MetricRegex
  pattern: MetricPattern | undefined
  last: (Pick<FoundMetric, 'value' | 'time'> & { readonly file: string }) | undefined
}

interface Stream {
  readonly file: string
  /** File offset up to which it has been searched. */
  searched: number
  /** Size of the index when it was last searched to the end. */
  indexSize: number
}

/** Attempts at a stream that cannot be read, or a thread that ends for no expression's fault, before the stream is left out. */
const ATTEMPTS = 3

/** Periods are handed over before they become more, as when the log of a long job is searched from its start after a crash. */
const PERIODS_KEPT = 500

/**
 * Applies a job's metric definitions to its streams, each byte once. It begins at the start of every stream, so after a restart of the server
 * a new scan comes to the same result, and hands over the same periods. Each expression runs in V8 first; one that V8 does not finish in time goes over to RE2, which takes time
 * proportional to the line, and is dropped only where RE2 cannot run it (docs/decisions/0005-metric-regex.md).
 */
export class MetricScan {
  readonly #engine: MetricEngine
  readonly #metrics: readonly Metric[]
  readonly #streams = new Map<string, Stream>()
  readonly #warnings: string[] = []
  readonly #periods = new FoundPeriods()
  readonly #write: (periods: readonly FoundPeriod[]) => Promise<void>
  #pass: Promise<void> = Promise.resolve()

  /** @param write stores periods, of which some may have been stored before with fewer values */
  constructor(
    engine: MetricEngine,
    definitions: readonly MetricDefinition[],
    write: (periods: readonly FoundPeriod[]) => Promise<void> = async () => undefined,
  ) {
    this.#engine = engine
    this.#write = write
    this.#metrics = definitions.flatMap((definition) => this.#metric(definition))
  }

  /**
   * Searches what the streams show and has not been searched yet.
   * @param files absolute paths of raw files; ones seen before are gone on with
   * @throws what `write` throws; the next pass goes on where this one ended
   */
  advance(files: readonly string[]): Promise<void> {
    return this.#next(() => this.#advanceAll(files))
  }

  /** Hands over the periods that have changed since the last time, once the passes asked for are done. @throws what `write` throws */
  flush(): Promise<void> {
    return this.#next(() => this.#periods.flush(this.#write))
  }

  /** What has been found up to now: the last value of each metric over all streams. */
  result(): MetricResult {
    const metrics = this.#metrics.flatMap(({ name, last }) =>
      last ? [{ name, value: last.value, timestamp: Math.floor(last.time / 1000) }] : [],
    )
    return { metrics, warnings: [...this.#warnings] }
  }

  #next(work: () => Promise<void>): Promise<void> {
    const pass = this.#pass.then(work)
    this.#pass = pass.catch(() => undefined)
    return pass
  }

  /** A definition that Create let through is valid; after a change of this program it may not be, and the job goes on without it. */
  #metric({ Name: name, Regex: expression }: MetricDefinition): Metric[] {
    try {
      const regex = compileMetricRegex(expression)
      if (regex.groups === 0) this.#warn(name, 'its expression has no capture group, so it can have no value')
      return [{ name, regex, pattern: { ...regex, engine: regex.engine === 're2' ? 're2' : 'v8' }, last: undefined }]
    } catch (error) {
      this.#warn(name, error instanceof Error ? error.message : String(error))
      return []
    }
  }

  async #advanceAll(files: readonly string[]): Promise<void> {
    for (const file of files) await this.#advance(this.#stream(file))
  }

  #stream(file: string): Stream {
    const stream = this.#streams.get(file) ?? { file, searched: 0, indexSize: -1 }
    this.#streams.set(file, stream)
    return stream
  }

  async #advance(stream: Stream): Promise<void> {
    const size = await fileSize(stream.file + INDEX_SUFFIX)
    if (size === stream.indexSize) return
    let failures = 0
    const isEmpty = (await fileSize(stream.file)) === 0
    for (let more = !isEmpty; more && this.#metrics.some((metric) => metric.pattern);) {
      const reply = await this.#search(stream)
      failures = reply.kind === 'unreadable' ? failures + 1 : 0
      if (reply.kind === 'unreadable' && failures === ATTEMPTS) {
        this.#warnings.push(`Part of a log was not searched for metrics: ${reply.reason}.`)
        break
      }
      more = this.#take(stream, reply)
      if (this.#periods.changed >= PERIODS_KEPT) await this.#periods.flush(this.#write)
    }
    stream.indexSize = size
  }

  #search({ file, searched }: Stream): Promise<SearchReply> {
    return this.#engine.search({ file, start: searched, patterns: this.#metrics.map((metric) => metric.pattern) })
  }

  /** @returns whether there may be more to search */
  #take(stream: Stream, reply: SearchReply): boolean {
    switch (reply.kind) {
      case 'searched': {
        const more = reply.end > stream.searched
        for (const found of reply.found) this.#keep(found, stream.file)
        stream.searched = reply.end
        return more
      }
      case 'failed':
        this.#demote(reply.metric, reply.reason)
        return true
      case 'unreadable':
        return true
      default:
        return reply satisfies never
    }
  }

  /** The latest line wins; of streams that wrote in the same millisecond always the same one, in whatever order they were searched. */
  #keep(found: FoundMetric, file: string): void {
    const metric = this.#metrics[found.metric]
    if (!metric) return
    const { value, time, periods } = found
    this.#periods.add(metric.name, file, periods)
    const { last } = metric
    if (!last || time > last.time || (time === last.time && file >= last.file)) metric.last = { value, time, file }
  }

  /** From V8 to RE2, from RE2 to nothing. What the metric had until then would be no final value. */
  #demote(number: number, reason: string): void {
    const metric = this.#metrics[number]
    if (!metric?.pattern) return
    if (metric.pattern.engine === 'v8' && metric.regex.engine === 'either') {
      metric.pattern = { ...metric.pattern, engine: 're2' }
      return
    }
    metric.pattern = undefined
    metric.last = undefined
    this.#warn(metric.name, reason)
  }

  #warn(name: string, reason: string): void {
    this.#warnings.push(`The metric '${name}' was dropped: ${reason}.`)
  }
}

/** -1 where there is no file yet. */
async function fileSize(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch {
    return -1
  }
}
