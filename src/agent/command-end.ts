import { existsSync } from 'node:fs'
import type { InstanceEnd } from '../runtime/runtime.ts'
import { groupMemoryKills, type InstanceGroup } from './cgroup/instance-group.ts'
import { readFailure } from './failure-file.ts'
import { readRecord, type InstanceFolder } from './instance-folder.ts'
import { instanceTree } from './instance-tree.ts'
import { bootId, memoryKills } from './proc.ts'
import type { CommandStatus } from './status-file.ts'

/** A stop that has begun, kept so that the next agent carries it on. */
export interface StopRecord {
  /** Epoch milliseconds of the SIGTERM. */
  readonly at: number
  readonly graceMs: number
  readonly killed: boolean
}

/** What was so when the command was started. */
export interface StartRecord {
  readonly at: number
  /** `memoryKills()` then. */
  readonly memoryKills?: number
  /** The control groups that it runs in. */
  readonly group?: InstanceGroup
}

const SIGNALS_FROM = 128
const LAST_SIGNAL = 64
const SIGKILL = 9

/**
 * How a command ended, from what its files say. The waiter writes 128 + n for signal n, as a container engine does, so a program that exits with such a
 * code itself is taken for one that was killed; its code is right all the same.
 *
 * @param notStarted why the command never ran, if it did not
 */
export function commandEnd(place: InstanceFolder, status: CommandStatus, notStarted?: string): InstanceEnd {
  if (notStarted !== undefined) return { kind: 'lost', detail: notStarted }
  const { exitCode: code, waiter } = status
  if (code === undefined) {
    const restarted = waiter !== undefined && waiter.bootId !== bootId()
    return {
      kind: 'lost',
      detail: restarted ? 'The machine was restarted.' : 'The process that waited for the command was killed.',
    }
  }
  const text = code === 0 ? undefined : readFailure(instanceTree(place))
  const failure = text === undefined ? {} : { failure: text }
  if (code === SIGNALS_FROM + SIGKILL && memoryRanOut(place)) return { kind: 'out-of-memory', code, ...failure }
  const signalled = code > SIGNALS_FROM && code <= SIGNALS_FROM + LAST_SIGNAL
  return { kind: signalled ? 'signalled' : 'exited', code, ...failure }
}

/** A kill that was not ours, while the kernel's count of processes killed for memory rose: an unchanged count rules it out (recipe, 5). */
function memoryRanOut(place: InstanceFolder): boolean {
  if (readRecord<StopRecord>(place.stop)?.killed) return false
  const { memoryKills: before, group } = readRecord<StartRecord>(place.started) ?? {}
  // Its own count tells of nobody else's misfortune.
  const own = group && !existsSync(place.unlimited) ? groupMemoryKills(group) : undefined
  if (own !== undefined) return own > 0
  const now = memoryKills()
  return before !== undefined && now !== undefined && now > before
}
