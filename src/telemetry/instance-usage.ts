import { open } from 'node:fs/promises'
import type { MetricWrite } from '../store/metric-store.ts'
import type { JobRecord, LogStreamRecord, Store } from '../store/store.ts'
import { isMissing } from '../util/error-code.ts'
import type { LogStreams } from './log-streams.ts'
import { FoundPeriods, periodStart } from './metric-periods.ts'
import type { FoundPeriod } from './metric-periods.ts'
import { TRAINING_JOBS_NAMESPACE } from './namespace.ts'
import { readBytes } from './read-bytes.ts'
import { decodeUsage, USAGE_SUFFIX } from './usage-format.ts'
import type { UsageRecord } from './usage-format.ts'

/** What the members of a record are called in CloudWatch (behaviour 5.2). */
const METRICS = {
  cpu: 'CPUUtilization',
  memory: 'MemoryUtilization',
  disk: 'DiskUtilization',
  gpu: 'GPUUtilization',
  gpuMemory: 'GPUMemoryUtilization',
} as const satisfies Record<Exclude<keyof UsageRecord, 'time'>, string>

const MEMBERS = ['cpu', 'memory', 'disk', 'gpu', 'gpuMemory'] as const

interface InstanceUsageContext {
  readonly store: Store
  readonly streams: LogStreams
}

/** Brings what a job's agents have measured into CloudWatch. It begins at the start of every file, and what is told twice counts once. */
export class InstanceUsage {
  readonly #context: InstanceUsageContext
  readonly #job: Pick<JobRecord, 'id' | 'account' | 'region'>
  readonly #periods = new FoundPeriods()
  /** By the stream's file. */
  readonly #hosts = new Map<string, string>()
  /** Offset up to which a stream's file is read. */
  readonly #read = new Map<string, number>()
  #pass: Promise<void> = Promise.resolve()

  constructor(context: InstanceUsageContext, { id, account, region }: JobRecord) {
    this.#context = context
    // The whole record has the request, and there may be thousands of jobs.
    this.#job = { id, account, region }
  }

  /** Takes in what has been measured since the last call. */
  read(): Promise<void> {
    return this.#next(async () => {
      for (const { stream, path } of await this.#context.streams.ofJob(this.#job.id)) {
        for (const record of await this.#newRecords(path + USAGE_SUFFIX)) this.#add(stream, record)
      }
    })
  }

  /** Stores what has been taken in since the last call. @throws what the store throws; the next call stores it again */
  flush(): Promise<void> {
    const { store } = this.#context
    return this.#next(() =>
      this.#periods.flush((periods) => store.putMetrics(periods.map((period) => this.#point(period)))),
    )
  }

  #next(work: () => Promise<void>): Promise<void> {
    const pass = this.#pass.then(work)
    this.#pass = pass.catch(() => undefined)
    return pass
  }

  #add(stream: LogStreamRecord, record: UsageRecord): void {
    this.#hosts.set(stream.file, hostOf(stream))
    for (const member of MEMBERS) {
      const value = record[member]
      if (value === undefined) continue
      const time = periodStart(record.time)
      this.#periods.add(METRICS[member], stream.file, [{ time, count: 1, sum: value, minimum: value, maximum: value }])
    }
  }

  async #newRecords(path: string): Promise<UsageRecord[]> {
    const start = this.#read.get(path) ?? 0
    const bytes = await readFrom(path, start)
    const end = bytes.lastIndexOf('\n') + 1
    this.#read.set(path, start + end)
    return decodeUsage(bytes.toString('utf8', 0, end))
  }

  #point({ metric, file, values }: FoundPeriod): MetricWrite {
    const { account, region } = this.#job
    const dimensions = [{ name: 'Host', value: this.#hosts.get(file) ?? '' }]
    return {
      metric: { account, region, namespace: TRAINING_JOBS_NAMESPACE, name: metric, dimensions },
      statistics: { ...values, unit: 'Percent' },
      source: file,
    }
  }
}

/** `<job>/algo-<n>`: the stream's name without the second in which it was made (behaviour 5.1, 5.2). */
function hostOf({ name }: LogStreamRecord): string {
  return name.replace(/-\d+$/, '')
}

/** Empty where there is no file: not every runtime measures. */
async function readFrom(path: string, start: number): Promise<Buffer> {
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    return await readBytes(file, start, size - start)
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0)
    throw error
  }
}
