import { statfs } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import type { Config } from '../config/config.ts'
import type { Store } from '../store/store.ts'
import { admitAll, type Admission } from './admission.ts'

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
 * Lets no job stand in line for its place while the disk has less room than `disk.reserve`: it waits in Starting, and its journal and the log say why. AWS has no
 * message for it.
 */
export function diskReserve(reserve: DiskReserve): Admission {
  const { config, folder, freeBytes = free } = reserve
  const wanted = config.disk.reserve
  if (wanted === undefined) return admitAll
  return {
    isOpen: async () => (await freeBytes(folder)) >= wanted,
    wait: ({ jobId }, { signal }) => roomFor(jobId, { ...reserve, freeBytes, wanted, signal }),
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
    freeBytes,
  }: Required<DiskReserve> & { readonly wanted: number; readonly signal: AbortSignal },
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
