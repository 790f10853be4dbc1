import { readFileSync } from 'node:fs'
import { CONTROLLERS, findGroupParent, type Controller } from '../../agent/cgroup/group-parent.ts'
import { proveLimits } from '../../agent/cgroup/prove-limits.ts'
import { typed } from '../server/typed-command.ts'
import type { Examined } from './examined.ts'
import { had, missing, type Finding } from './finding.ts'

const CGROUPS = { group: 'limits', name: 'cgroups' } as const
const WHY = 'A job can take memory and processors from everything else on this machine.'

/** What the kernel lets this user limit: a group is really made, and small processes exceed what it allows. */
export async function examineLimits({ dataFolder }: Examined): Promise<readonly Finding[]> {
  const name = `trainyard-doctor-${process.pid}`
  const found = await findGroupParent({ name, mayMove: false })
  if (!found.available) return [missing(CGROUPS, { detail: found.reason, why: WHY, cure: cure(dataFolder) })]
  const { parent } = found
  try {
    const proved = await proveLimits(parent, name)
    const held = CONTROLLERS.filter((controller) => proved[controller])
    return [finding(parent.version, held, dataFolder)]
  } catch (error) {
    return [missing(CGROUPS, { detail: String(error), why: WHY, cure: cure(dataFolder) })]
  }
}

function finding(version: 1 | 2, held: readonly Controller[], dataFolder: string): Finding {
  if (held.length === CONTROLLERS.length) return had(CGROUPS, `v${version}: ${held.join(', ')} of a job are limited`)
  const what = held.length === 0 ? 'nothing' : `only ${held.join(', ')}`
  return missing(CGROUPS, { detail: `v${version}: ${what} of a job can be limited`, why: WHY, cure: cure(dataFolder) })
}

/** As root every group may be written, unless the whole tree is read-only, as it is in a container. */
function cure(dataFolder: string): string {
  if (process.getuid?.() === 0) return 'inside a container: start it with --privileged --cgroupns=private'
  const systemd = firstProgram() === 'systemd'
  return systemd
    ? `start the server with: systemd-run --user --scope -p Delegate=yes ${typed('serve', dataFolder)}`
    : 'start the server as root'
}

function firstProgram(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim()
  } catch {
    return ''
  }
}
