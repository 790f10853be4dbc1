import { systemDurableFiles, unsyncedFiles, type DurableFiles } from './durable/durable-files.ts'
import type { Synchronous } from './sqlite/open-database.ts'

/** How the writes of a server come to the disk. */
export interface Disk {
  readonly durable: DurableFiles
  readonly synchronous: Synchronous
}

const LASTING: Disk = { durable: systemDurableFiles, synchronous: 'FULL' }
const THROWN_AWAY: Disk = { durable: unsyncedFiles, synchronous: 'OFF' }

export function diskOf({ isThrownAway = false }: { readonly isThrownAway?: boolean }): Disk {
  return isThrownAway ? THROWN_AWAY : LASTING
}
