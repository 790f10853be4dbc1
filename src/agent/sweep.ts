import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { instanceName } from './instance-folder.ts'
import type { JobUser } from './messages.ts'
import { processStat, signalProcess } from './proc.ts'
import { dropPrivileges } from './sandbox/box.ts'
import { SYSTEM_PATH } from './environment.ts'
import type { InstanceId } from '../runtime/runtime.ts'

/** A process that forks faster than this many passes is nothing that a sweep can end. */
const MOST_PASSES = 100

/**
 * Kills whatever carries the instance's name in its environment, until a pass finds nothing: what a job without namespaces leaves behind.
 *
 * @returns whether nothing is left
 */
export async function sweepProcesses(id: InstanceId, jobUser: JobUser | undefined): Promise<boolean> {
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const found = await marked(instanceName(id), jobUser)
    if (found.length === 0) return true
    for (const pid of found) {
      const stat = processStat(pid)
      if (stat) signalProcess(stat, 'SIGKILL')
    }
  }
  return false
}

/** Looked for as the job's user: root without the right to trace could not read another user's environments. */
async function marked(name: string, jobUser: JobUser | undefined): Promise<number[]> {
  const find = 'exec grep -lszxF -e "$1" /proc/[0-9]*/environ'
  const [program, ...args] = [...dropPrivileges(jobUser), '/bin/sh', '-c', find, 'sweep', `TRAINYARD_INSTANCE=${name}`]
  const { stdout } = await promisify(execFile)(program, args, { env: { PATH: SYSTEM_PATH } }).catch(
    // grep ends with 1 when it finds nothing and with 2 when a process ended under it.
    (error: unknown) => ({ stdout: outputOf(error) }),
  )
  return stdout
    .split('\n')
    .flatMap((path) => /^\/proc\/(\d+)\//.exec(path)?.[1] ?? [])
    .map(Number)
    .filter(isRunning)
}

function outputOf(error: unknown): string {
  return error instanceof Error && 'stdout' in error && typeof error.stdout === 'string' ? error.stdout : ''
}

/** One that has been killed keeps its entry until it is reaped. */
function isRunning(pid: number): boolean {
  const stat = processStat(pid)
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X'
}
