import { statfs } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import type { Config } from '../config/config.ts'
import type { Store } from '../store/store.ts'
import type { Scheduler } from './scheduler.ts'

export interface DiskReserve {
  readonly config: Pick<Config, 'disk'>
  /** On the disk that is meant. */
  readonly folder: string
  readonly store: Pick<Store, 'appendJournal'>
  readonly clock: JobClock
  readonly log: Pick<Logger, 'warn' | 'info'>
  /** Bytes that are free on the disk of a folder; for tests. */
  readonly freeBytes?: (folder: string) => Promise<number>
}

/** Milliseconds between two looks at a disk that has too little room. */
const LOOK_AGAIN = 5000

/**
 * Starts no job while the disk has less room than `disk.reserve`: the job waits in Starting, and its journal and the log say why. AWS has no message for it. Without
 * a reserve it is the scheduler itself.
 */
export function withDiskReserve(scheduler: Scheduler, reserve: DiskReserve): Scheduler {
  const wanted = reserve.config.disk.reserve
  if (wanted === undefined) return scheduler
  return {
    async place(asking, options) {
      await roomFor(asking.jobId, { ...reserve, wanted, signal: options.signal })
      return scheduler.place(asking, options)
    },
    hold: (jobId, placement) => scheduler.hold(jobId, placement),
    release: (jobId) => scheduler.release(jobId),
  }
}

async function roomFor(
  jobId: string,
  {
    wanted,
    folder,
    store,
    clock,
    log,
    signal,
    freeBytes = free,
  }: DiskReserve & { readonly wanted: number; readonly signal: AbortSignal },
): Promise<void> {
  let isTold = false
  for (;;) {
    const left = await freeBytes(folder)
    if (left >= wanted) break
    if (!isTold) {
      log.warn(
        { jobId, freeBytes: left, reserve: wanted },
        'a job waits until the disk has more room than disk.reserve',
      )
      // On the full disk itself even this may fail; the job waits all the same.
      await store
        .appendJournal(jobId, [note('waiting-for-disk', clock, { freeBytes: left, reserve: wanted })])
        .catch(() => undefined)
      isTold = true
    }
    await clock.sleep(LOOK_AGAIN, { signal })
  }
  signal.throwIfAborted()
  if (!isTold) return
  log.info({ jobId }, 'the disk has room again')
  await store.appendJournal(jobId, [note('disk-has-room', clock, {})])
}

function note(kind: string, clock: JobClock, data: Readonly<Record<string, unknown>>) {
  return { kind, time: clock.now(), data }
}

async function free(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
