import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import { foldersOf, groupOf, killGroup, makeGroup, removeGroup } from './cgroup/instance-group.ts'
import type { StartRecord } from './command-end.ts'
import { readRecord, writeRecord, type InstanceFolder } from './instance-folder.ts'
import type { LaunchOrder } from './messages.ts'
import { memoryKills } from './proc.ts'

interface Beginning {
  readonly place: InstanceFolder
  readonly order: LaunchOrder
  readonly clock: JobClock
  readonly log: Logger
}

/** Writes down what is so when a command starts, and makes its control groups where they are not made yet. @returns the folders of those that it shall run in */
export function beginStart({ place, order, clock, log }: Beginning): readonly string[] {
  const kills = memoryKills()
  const record: StartRecord = { at: clock.now(), ...(kills === undefined ? {} : { memoryKills: kills }) }
  const { limits } = order.plan
  if (!limits) {
    writeRecord(place.started, record)
    return []
  }
  const { jobId, attempt, host } = place.id
  const group = groupOf(limits.parent, limits.name, `${jobId}-${attempt}-${host}`)
  // Before it is there: what a crash leaves behind is found by its record.
  writeRecord(place.started, { ...record, group })
  try {
    makeGroup(group, { ...order.spec.resources, pids: limits.pids })
    return foldersOf(group)
  } catch (error) {
    log.warn({ err: error, instance: place.id }, 'an instance runs without limits')
    removeGroup(group)
    writeRecord(place.started, record)
    return []
  }
}

const REMOVE_AGAIN_MS = 10
const REMOVE_TRIES = 200

/** Ends whatever is left in the instance's control groups, then removes them. Any number of times; to be called once its waiter has ended. */
export async function leaveGroup({ place, clock, log }: Omit<Beginning, 'order'>): Promise<void> {
  const { group } = readRecord<StartRecord>(place.started) ?? {}
  if (!group) return
  for (let tries = 0; tries < REMOVE_TRIES; tries++) {
    if (killGroup(group) && removeGroup(group)) return
    await clock.sleep(REMOVE_AGAIN_MS)
  }
  log.error({ instance: place.id }, 'the control groups of an instance could not be removed')
}
