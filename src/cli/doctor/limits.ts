import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { had, missing, type Finding } from './finding.ts'

const CGROUPS = { group: 'limits', name: 'cgroups' } as const
const CONTROLLERS = ['memory', 'cpu', 'pids'] as const
const ROOT = '/sys/fs/cgroup'

/** What the kernel lets this user limit, by either version of control groups. */
export function examineLimits(): readonly Finding[] {
  const version = readable(join(ROOT, 'cgroup.controllers')) === undefined ? 'v1' : 'v2'
  const limitable = CONTROLLERS.filter((controller) =>
    version === 'v2' ? byVersion2(controller) : byVersion1(controller),
  )
  if (limitable.length === CONTROLLERS.length)
    return [had(CGROUPS, `${version}: ${limitable.join(', ')} can be limited`)]
  const what = limitable.length === 0 ? 'nothing' : `only ${limitable.join(', ')}`
  const why = 'A job can take memory and processors from everything else on this machine.'
  const cure = 'run the server as a systemd unit with Delegate=yes'
  return [missing(CGROUPS, { detail: `${version}: ${what} can be limited by this user`, why, cure })]
}

function byVersion2(controller: string): boolean {
  const own = /^0::(.*)$/m.exec(readable('/proc/self/cgroup') ?? '')?.[1]
  if (own === undefined) return false
  const folder = join(ROOT, own)
  const given = readable(join(folder, 'cgroup.controllers'))?.split(/\s+/) ?? []
  return given.includes(controller) && isWritable(join(folder, 'cgroup.procs'))
}

function byVersion1(controller: string): boolean {
  return isWritable(join(ROOT, controller))
}

function readable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
