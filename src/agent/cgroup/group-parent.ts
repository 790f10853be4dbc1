import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from '../../util/error-code.ts'

export const CONTROLLERS = ['memory', 'cpu', 'pids'] as const
export type Controller = (typeof CONTROLLERS)[number]

/** Where groups of instances are made: for each controller that can be had the folder that they lie in; with version 2 it is the same for all. */
export interface GroupParent {
  readonly version: 1 | 2
  readonly folders: Readonly<Partial<Record<Controller, string>>>
}

export type FoundParent =
  | { readonly available: true; readonly parent: GroupParent }
  | { readonly available: false; readonly reason: string }

export interface ParentRequest {
  /** Where the kernel's control groups are mounted. */
  readonly root?: string
  /** The text of `/proc/self/cgroup`. */
  readonly own?: string
  /** Of the folder that the groups will lie in; of this server's own. */
  readonly name: string
  /** Whether the processes of our own group may be moved into one of their own, where that alone makes groups possible. */
  readonly mayMove: boolean
}

type Place = Required<ParentRequest>

/**
 * Finds where this user may limit processes by making a group there and putting a process into it; nothing is left of that.
 *
 * With version 1 that is below our own groups. With version 2 a group that has processes may not have limited children, so it is beside our own, in the nearest
 * group above that lets us: a unit of systemd gives its server a group below its own (DelegateSubgroup) for that. Only in a scope, or at the root of a
 * container, whose processes are nobody else's to manage, are they moved.
 */
export async function findGroupParent(request: ParentRequest): Promise<FoundParent> {
  const place = { root: '/sys/fs/cgroup', own: ownGroups(), ...request }
  try {
    const first = versionOne(place)
    const found = first ? await tried(first, place.name) : await versionTwo(place)
    if (found) return { available: true, parent: found }
    return { available: false, reason: 'no control group above this process may be written by this user' }
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

function ownGroups(): string {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8')
  } catch {
    return ''
  }
}

/** @returns undefined where no controller of ours is in a hierarchy of its own */
function versionOne({ root, own }: Place): GroupParent | undefined {
  const folders: Partial<Record<Controller, string>> = {}
  for (const line of own.split('\n')) {
    const [, names = '', path] = /^\d+:([^:]+):(.*)$/.exec(line) ?? []
    const controller = CONTROLLERS.find((name) => names.split(',').includes(name))
    if (controller && path !== undefined) folders[controller] = join(root, controller, path)
  }
  return Object.keys(folders).length === 0 ? undefined : { version: 1, folders }
}

/** Leaves out what cannot be had. @returns undefined where nothing can */
async function tried(parent: GroupParent, name: string): Promise<GroupParent | undefined> {
  const folders: Partial<Record<Controller, string>> = {}
  for (const controller of CONTROLLERS) {
    const folder = parent.folders[controller]
    if (folder !== undefined && (await canJoin(folder, name))) folders[controller] = folder
  }
  return Object.keys(folders).length === 0 ? undefined : { ...parent, folders }
}

async function versionTwo(place: Place): Promise<GroupParent | undefined> {
  const own = /^0::(\/.*)$/m.exec(place.own)?.[1]
  if (own === undefined) throw new Error('this kernel has no control groups')
  for (const path of above(own)) {
    const found = await below(join(place.root, path), place.name)
    if (found) return found
  }
  if (own !== '/' && !own.endsWith('.scope')) return undefined
  const folder = join(place.root, own)
  return (await below(folder, place.name)) ?? (await belowEmptied(folder, place))
}

/** The groups above this one, the nearest first. Those of systemd's root are for root only, who may do so in any. */
function above(own: string): string[] {
  const paths: string[] = []
  for (let path = own; path !== '/'; path = dirname(path)) paths.push(dirname(path))
  return paths
}

async function belowEmptied(folder: string, { name, mayMove }: Place): Promise<GroupParent | undefined> {
  if (!mayMove) return undefined
  const own = join(folder, `${name}-server`)
  try {
    mkdirSync(own, { recursive: true })
    for (const pid of pidsIn(folder)) move(pid, own)
  } catch {
    return undefined
  }
  return below(folder, name)
}

/** One that ends meanwhile needs no move. */
function move(pid: number, folder: string): void {
  try {
    writeFileSync(join(folder, 'cgroup.procs'), String(pid))
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

/** @returns undefined where no controller can be had below this folder */
async function below(folder: string, name: string): Promise<GroupParent | undefined> {
  const enabled = CONTROLLERS.filter((controller) => enable(folder, controller))
  if (enabled.length === 0 || !(await canJoin(folder, name))) return undefined
  return { version: 2, folders: Object.fromEntries(enabled.map((controller) => [controller, folder])) }
}

/** Lets the children of a group of version 2 be limited. @returns whether they can be */
export function enable(folder: string, controller: Controller): boolean {
  try {
    if (!words(join(folder, 'cgroup.controllers')).includes(controller)) return false
    const file = join(folder, 'cgroup.subtree_control')
    if (!words(file).includes(controller)) writeFileSync(file, `+${controller}`)
    return true
  } catch {
    return false
  }
}

/** Really puts a process into a group there. */
async function canJoin(folder: string, name: string): Promise<boolean> {
  const group = join(folder, `${name}-trial-${process.pid}`)
  try {
    mkdirSync(group, { recursive: true })
  } catch {
    return false
  }
  try {
    await promisify(execFile)('/bin/sh', ['-c', 'echo 0 >"$1/cgroup.procs"', 'join', group])
    return true
  } catch {
    return false
  } finally {
    removeGroupFolder(group)
  }
}

/** @returns whether nothing is left; false while processes are in it, or groups */
export function removeGroupFolder(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return errorCode(error) === 'ENOENT'
  }
}

/** @returns none where there is no such group */
export function pidsIn(folder: string): number[] {
  return words(join(folder, 'cgroup.procs'))
    .map(Number)
    .filter((pid) => pid > 0)
}

function words(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\s+/)
      .filter((word) => word !== '')
  } catch {
    return []
  }
}
