import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobClock } from '../../clock/clock.ts'
import { RealClock } from '../../clock/real-clock.ts'
import { ScaledClock } from '../../clock/scaled-clock.ts'
import { Settling } from '../../clock/settling.ts'
import { VirtualClock } from '../../clock/virtual-clock.ts'
import { systemDurableFiles, type DurableFiles } from '../../durable/durable-files.ts'
import { isMissing } from '../../util/error-code.ts'

/** How job time goes: as on the wall, so many times as fast, or only when it is moved. */
export type ClockChoice = 'real' | 'virtual' | { readonly factor: number }

export interface ServerClock {
  readonly clock: JobClock
  readonly settling?: Settling
  /** Job time has come so far: the next server on the folder does not begin before it. */
  readonly keep?: (now: number) => Promise<void>
  /** Told of the latest time in the folder's record, which a server that was killed has not kept otherwise. */
  readonly notBefore?: (time: number) => void
}

/**
 * The clock of a server on a data folder. One that is not the wall's begins at the wall's time, or where the folder's last one ended if that is later.
 * @throws what the disk refuses
 */
export async function openServerClock(
  choice: ClockChoice,
  dataFolder: string,
  durable: DurableFiles = systemDurableFiles,
): Promise<ServerClock> {
  const wall = new RealClock()
  if (choice === 'real') return { clock: wall }
  const file = join(dataFolder, 'clock.json')
  const start = Math.max(wall.now(), await readKept(file))
  const keep = (now: number) => durable.write(file, `${JSON.stringify({ version: 1, now })}\n`)
  if (choice !== 'virtual') {
    const clock = new ScaledClock(choice.factor, wall, start)
    return { clock, keep, notBefore: (time) => clock.notBefore(time) }
  }
  const settling = new Settling()
  const clock: VirtualClock = new VirtualClock(start, () => settling.settled(() => clock.waits))
  return { clock, settling, keep, notBefore: (time) => clock.notBefore(time) }
}

/** @returns 0 where nothing was kept, and for what we have not written */
async function readKept(file: string): Promise<number> {
  try {
    const { now } = JSON.parse(await readFile(file, 'utf8')) as { readonly now?: unknown }
    return typeof now === 'number' && Number.isSafeInteger(now) ? now : 0
  } catch (error) {
    const isNone = error instanceof SyntaxError || isMissing(error)
    if (isNone) return 0
    throw error
  }
}
