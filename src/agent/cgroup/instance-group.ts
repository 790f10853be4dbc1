import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { processStat, signalProcess, type ProcessIdentity } from '../proc.ts'
import { CONTROLLERS, enable, pidsIn, removeGroupFolder, type Controller, type GroupParent } from './group-parent.ts'

/** What the processes of a group may use together. */
export interface GroupLimits {
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  readonly pids: number
}

/** The control groups that one instance's processes are in, one a folder; kept in its record, so that whoever comes later finds them. */
export interface InstanceGroup {
  readonly version: 1 | 2
  readonly folders: Readonly<Partial<Record<Controller, string>>>
}

/** The quota is of so long a time: the kernel's own choice. */
const PERIOD_US = 100_000
/** The least that the kernel takes. */
const LEAST_QUOTA_US = 1000
/** A process that forks faster than this many passes is nothing that signals can end; version 2 ends it in one. */
const MOST_PASSES = 100

/** Names the group; nothing is made. @param name of the server's folder, then of the instance */
export function groupOf({ version, folders }: GroupParent, ...name: readonly [string, string]): InstanceGroup {
  const entries = Object.entries(folders).map(([controller, folder]) => [controller, join(folder, ...name)])
  return { version, folders: Object.fromEntries(entries) }
}

/**
 * Makes the group and limits it; what it may use of the machine's whole is not limited.
 * @throws Error of the file system, where it was possible when the server started and is not any more
 */
export function makeGroup(group: InstanceGroup, limits: GroupLimits): void {
  for (const folder of foldersOf(group)) {
    const above = dirname(folder)
    mkdirSync(folder, { recursive: true })
    if (group.version === 2) for (const controller of CONTROLLERS) enable(above, controller)
  }
  for (const [file, value] of valuesOf(group, limits)) writeFileSync(file, value)
}

function valuesOf({ version, folders }: InstanceGroup, limits: GroupLimits): (readonly [string, string])[] {
  const { memory, cpu, pids } = folders
  const values: (readonly [string, string])[] = []
  if (pids !== undefined) values.push([join(pids, 'pids.max'), String(limits.pids)])
  if (memory !== undefined && limits.memory < totalmem()) values.push(...memoryValues(version, memory, limits.memory))
  if (cpu !== undefined && limits.cpus < availableParallelism()) values.push(...cpuValues(version, cpu, limits.cpus))
  return values
}

/** What has been given is memory: without the second file it could take as much of the disk's, more slowly. Kernels may lack it. */
function memoryValues(version: 1 | 2, folder: string, bytes: number): (readonly [string, string])[] {
  const limit = String(Math.floor(bytes))
  const [first, second] =
    version === 2
      ? ([
          ['memory.max', limit],
          ['memory.swap.max', '0'],
        ] as const)
      : ([
          ['memory.limit_in_bytes', limit],
          ['memory.memsw.limit_in_bytes', limit],
        ] as const)
  const inFolder = ([name, value]: readonly [string, string]) => [join(folder, name), value] as const
  return [inFolder(first), ...(existsSync(join(folder, second[0])) ? [inFolder(second)] : [])]
}

function cpuValues(version: 1 | 2, folder: string, cpus: number): (readonly [string, string])[] {
  const quota = Math.max(LEAST_QUOTA_US, Math.round(cpus * PERIOD_US))
  if (version === 2) return [[join(folder, 'cpu.max'), `${quota} ${PERIOD_US}`]]
  return [
    [join(folder, 'cpu.cfs_period_us'), String(PERIOD_US)],
    [join(folder, 'cpu.cfs_quota_us'), String(quota)],
  ]
}

/** Each once. */
export function foldersOf({ folders }: InstanceGroup): readonly string[] {
  return [...new Set(Object.values(folders))]
}

/** How many of its processes the kernel has killed because its memory ran out; undefined where memory is not counted. */
export function groupMemoryKills({ version, folders: { memory } }: InstanceGroup): number | undefined {
  return memory === undefined
    ? undefined
    : counter(join(memory, version === 2 ? 'memory.events' : 'memory.oom_control'), 'oom_kill')
}

/** How often a process was refused because there were too many; undefined where they are not counted. */
export function groupPidsRefused({ folders: { pids } }: InstanceGroup): number | undefined {
  return pids === undefined ? undefined : counter(join(pids, 'pids.events'), 'max')
}

function counter(file: string, name: string): number | undefined {
  try {
    const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1]
    return found === undefined ? undefined : Number(found)
  } catch {
    return undefined
  }
}

/** Every process in it, whatever it has done to be no child of ours. */
export function groupMembers(group: InstanceGroup): ProcessIdentity[] {
  const pids = new Set(foldersOf(group).flatMap(pidsIn))
  return [...pids].map(processStat).filter((stat) => stat !== undefined)
}

/** Kills all that is in it, its waiter too, until nothing is. @returns whether nothing is left */
export function killGroup(group: InstanceGroup): boolean {
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const members = groupMembers(group).filter(({ pid }) => isRunning(pid))
    if (members.length === 0) return true
    for (const folder of foldersOf(group)) killAtOnce(folder)
    for (const member of members) signalProcess(member, 'SIGKILL')
  }
  return false
}

/** Version 2, from Linux 5.14 on. */
function killAtOnce(folder: string): void {
  const file = join(folder, 'cgroup.kill')
  try {
    if (existsSync(file)) writeFileSync(file, '1')
  } catch {
    // The group is gone meanwhile, and what was in it.
  }
}

/** One that has ended is no longer in the group once it is reaped. */
function isRunning(pid: number): boolean {
  const state = processStat(pid)?.state
  return state !== undefined && state !== 'Z' && state !== 'X'
}

/** Any number of times. @returns whether nothing is left: processes that are about to be gone may hold it for a moment */
export function removeGroup(group: InstanceGroup): boolean {
  const removed = foldersOf(group).map((folder) => removeGroupFolder(folder))
  // The last one takes the server's own folder with it.
  for (const folder of foldersOf(group)) removeGroupFolder(dirname(folder))
  return removed.every(Boolean)
}
