import { existsSync } from 'node:fs'
import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import { foldersOf, groupOf, killGroup, makeGroup, removeGroup, type InstanceGroup } from './cgroup/instance-group.ts'
import type { StartRecord } from './command-end.ts'
import { writeRecord, type InstanceFolder } from './instance-folder.ts'
import type { LaunchOrder } from './messages.ts'
import { memoryKills } from './proc.ts'

interface Beginning {
  readonly place: InstanceFolder
  readonly order: LaunchOrder
  readonly clock: JobClock
  readonly log: Logger
}

/** Makes the control groups that an instance shall have. @returns undefined where it has none, and runs without limits */
export function makeGroups({ place, order, log }: Omit<Beginning, 'clock'>): InstanceGroup | undefined {
  const { limits } = order.plan
  const group = namedGroup(order)
  if (!limits || !group) return undefined
  try {
    makeGroup(group, { ...order.spec.resources, pids: limits.pids })
    return group
  } catch (error) {
    log.warn({ err: error, instance: place.id }, 'an instance runs without limits')
    removeGroup(group)
    return undefined
  }
}

/** Writes down what is so when a command starts. @returns the folders of the control groups that it shall run in */
export function beginStart({ place, order, clock, log }: Beginning): readonly string[] {
  const named = namedGroup(order)
  // They were made at the launch; after a restart of the machine they are gone.
  const group =
    named && foldersOf(named).every((folder) => existsSync(folder)) ? named : makeGroups({ place, order, log })
  const kills = memoryKills()
  const record: StartRecord = {
    at: clock.now(),
    ...(kills === undefined ? {} : { memoryKills: kills }),
    ...(group ? { group } : {}),
  }
  writeRecord(place.started, record)
  return group ? foldersOf(group) : []
}

/** By the order, which is there before the groups are and as long as they are: so what a crash leaves behind is found. */
function namedGroup({ plan: { limits }, spec: { id } }: LaunchOrder): InstanceGroup | undefined {
  return limits && groupOf(limits.parent, limits.name, `${id.jobId}-${id.attempt}-${id.host}`)
}

const REMOVE_AGAIN_MS = 10
const REMOVE_TRIES = 200

/** Ends whatever is left in the instance's control groups, then removes them. Any number of times; to be called once its waiter has ended. */
export async function leaveGroup({ place, order, clock, log }: Beginning): Promise<void> {
  const group = namedGroup(order)
  if (!group) return
  for (let tries = 0; tries < REMOVE_TRIES; tries++) {
    if (killGroup(group) && removeGroup(group)) return
    await clock.sleep(REMOVE_AGAIN_MS)
  }
  log.error({ instance: place.id }, 'the control groups of an instance could not be removed')
}
