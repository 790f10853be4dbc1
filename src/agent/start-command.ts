import { spawn, type ChildProcess } from 'node:child_process'
import { chownSync, closeSync, fchownSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { commandToRun } from './command.ts'
import { encodeEnvironment, helperEnvironment, jobEnvironment } from './environment.ts'
import type { InstanceFolder } from './instance-folder.ts'
import type { LaunchOrder } from './messages.ts'
import type { BoxNetwork } from './network/box-network.ts'
import type { OverlayMount } from './sandbox/box.ts'
import { buildBox } from './sandbox/build-box.ts'
import { announceShrink } from './announce-shrink.ts'
import type { Scripts } from './sandbox/scripts.ts'

/** Ample for an end, the end of a log's index and the blocks of a small file system. */
const RESERVE_BYTES = 128 * 1024

export interface CommandStart {
  readonly place: InstanceFolder
  readonly order: LaunchOrder
  readonly dataFolder: string
  readonly scripts: Scripts
  readonly overlays: readonly OverlayMount[]
  /** The job's own, joined. */
  readonly network?: BoxNetwork
  /** Folders of the control groups that it shall run in. */
  readonly groups: readonly string[]
}

/**
 * Makes the instance's box and spawns its waiter, detached, in the box. Standard output and error are the log file itself: the kernel writes it.
 * Whoever asks twice starts once: the waiter's claim decides.
 */
export function startCommand(start: CommandStart): ChildProcess {
  const { place, order, scripts, groups } = start
  const { spec, plan } = order
  const box = buildBox(start)
  const { script, args } = encodeEnvironment(jobEnvironment(spec, box))
  writeFileSync(place.environ, script, { mode: 0o600 })
  if (plan.jobUser) chownSync(place.environ, plan.jobUser.uid, plan.jobUser.gid)
  writeFileSync(place.reserve, Buffer.alloc(RESERVE_BYTES, 1))
  mkdirSync(dirname(spec.logFile), { recursive: true, mode: 0o700 })
  const entered = [...scripts.launch, String(groups.length), ...groups, ...box.enter]
  const [program = '/bin/sh', ...rest] = [...entered, ...args, ...commandToRun(spec, box.scratch)]
  const log = openSync(spec.logFile, 'a', 0o600)
  try {
    // Programs open /dev/stdout and /dev/stderr by name, which needs the right to the file itself.
    if (plan.jobUser) fchownSync(log, plan.jobUser.uid, plan.jobUser.gid)
    announceShrink(log, spec.resources)
    return spawn(program, rest, {
      cwd: place.folder,
      // Helpers run with root's rights where we are root, so nothing that a job may set is in their environment.
      env: helperEnvironment(),
      detached: true,
      stdio: ['ignore', log, log],
    })
  } finally {
    closeSync(log)
  }
}
