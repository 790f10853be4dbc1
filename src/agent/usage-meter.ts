import { appendFileSync, statfsSync } from 'node:fs'
import { totalmem } from 'node:os'
import type { JobClock } from '../clock/clock.ts'
import { encodeUsage, USAGE_SUFFIX } from '../telemetry/usage-format.ts'
import { gpuUsage, type GpuUsage } from './gpu-usage.ts'
import type { ProcessIdentity } from './proc.ts'
import { treeUsage, type TreeUsage } from './tree-usage.ts'

export interface UsageMeterOptions {
  /** Absolute path of the instance's log. */
  readonly logFile: string
  /** The folder whose disk is the instance's. */
  readonly folder: string
  readonly clock: JobClock
  /** Process 1 of the instance. */
  first(): ProcessIdentity | undefined
}

const MINUTE_MS = 60_000
/** What ends within its first minute has been looked at in its second half, and what ends at once at its start. */
const FIRST_LOOKS_MS = [0, 1000, 2000, 4000, 8000, 16_000, 32_000] as const

/** A look at an instance; processors are counted from `since` on. */
interface Look extends TreeUsage {
  readonly time: number
  readonly monotonic: number
}

/**
 * Measures what one instance uses, from /proc, once a minute, and keeps the last look before the end for a last record: the processes are gone by then.
 * An agent that takes over an instance goes on with the next look.
 */
export class UsageMeter {
  readonly #options: UsageMeterOptions
  readonly #stop = new AbortController()
  #last: Look | undefined
  #written: Look | undefined
  #gpu: GpuUsage | undefined

  constructor(options: UsageMeterOptions) {
    this.#options = options
    void this.#run()
  }

  /** The command has ended: writes what is not written yet. */
  finish(): void {
    this.close()
    if (this.#last === undefined || this.#last !== this.#written) this.#write()
  }

  /** Measures no more. Idempotent. */
  close(): void {
    this.#stop.abort()
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#stop
    const begin = clock.monotonic()
    for (let look = 0; !signal.aborted; look++) {
      this.#look(look === 0)
      if (look > 0) this.#gpu = await gpuUsage()
      if (signal.aborted) return
      const passed = FIRST_LOOKS_MS[look + 1] ?? (look + 2 - FIRST_LOOKS_MS.length) * MINUTE_MS
      if (look >= FIRST_LOOKS_MS.length) this.#write()
      await clock.sleep(begin + passed - clock.monotonic(), { signal }).catch(() => undefined)
    }
  }

  /** @param alone looks at process 1 only: many jobs may start at once, and none has children yet */
  #look(alone: boolean): void {
    const first = this.#options.first()
    const usage = first && treeUsage(first, alone)
    const { clock } = this.#options
    if (usage) this.#last = { ...usage, time: clock.now(), monotonic: clock.monotonic() }
  }

  /** A disk that is full is the job's trouble, not ours. */
  #write(): void {
    const { logFile, folder, clock } = this.#options
    const look = this.#last
    try {
      const record = {
        time: look?.time ?? clock.now(),
        ...(look && this.#percent(look)),
        ...this.#gpu,
        disk: diskPercent(folder),
      }
      appendFileSync(logFile + USAGE_SUFFIX, encodeUsage(record), { mode: 0o600 })
      this.#written = look
    } catch {
      // The next look tries again.
    }
  }

  /** Of processors since the record before, or since the command began. */
  #percent(look: Look): { readonly cpu: number; readonly memory: number } {
    const before = this.#written
    const seconds = before ? (look.monotonic - before.monotonic) / 1000 : look.ageSeconds
    const used = look.cpuSeconds - (before?.cpuSeconds ?? 0)
    return {
      cpu: rounded((Math.max(0, used) / Math.max(seconds, SHORTEST_SECONDS)) * 100),
      memory: rounded((look.memoryBytes / totalmem()) * 100),
    }
  }
}

/** The kernel counts in hundredths of a second. */
const SHORTEST_SECONDS = 0.01

function diskPercent(folder: string): number {
  const { blocks, bfree } = statfsSync(folder)
  return blocks === 0 ? 0 : rounded(((blocks - bfree) / blocks) * 100)
}

function rounded(percent: number): number {
  return Math.round(percent * 1000) / 1000
}
