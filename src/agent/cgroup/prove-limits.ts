import { execFile } from 'node:child_process'
import type { Controller, GroupParent } from './group-parent.ts'
import {
  foldersOf,
  groupMemoryKills,
  groupOf,
  groupPidsRefused,
  killGroup,
  makeGroup,
  removeGroup,
  type InstanceGroup,
} from './instance-group.ts'

const LIMITS = { cpus: 0.5, memory: 16 * 2 ** 20, pids: 8 }
const LONGEST_MS = 10_000
const REMOVE_TRIES = 100

/** Enters the groups before it becomes anything else. */
const ENTER = 'for g; do echo 0 >"$g/cgroup.procs" || exit 76; done; '
/** Of bytes without an end of line `tail` keeps all: six times of what is allowed. */
const GREEDY = 'head -c 100000000 /dev/zero | tail -n 1 | wc -c'
const FERTILE = 'for n in 1 2 3 4 5 6 7 8 9 10; do sleep 5 >/dev/null 2>&1 & done'

/**
 * Lets small processes exceed what a group of theirs allows, and looks whether the kernel kept them from it; takes half a second, and leaves nothing.
 *
 * @param name of the folder that the group lies in, which is made and removed
 * @throws Error of the file system
 */
export async function proveLimits(parent: GroupParent, name: string): Promise<Record<Controller, boolean>> {
  const memory = await inGroup(parent, name, async (group) => {
    await run(group, GREEDY)
    return (groupMemoryKills(group) ?? 0) > 0
  })
  const pids = await inGroup(parent, name, async (group) => {
    await run(group, FERTILE)
    return (groupPidsRefused(group) ?? 0) > 0
  })
  // A quota that was accepted is kept; to see it would take seconds of a busy processor.
  return { memory, pids, cpu: parent.folders.cpu !== undefined }
}

async function inGroup(
  parent: GroupParent,
  name: string,
  look: (group: InstanceGroup) => Promise<boolean>,
): Promise<boolean> {
  const group = groupOf(parent, name, 'proof')
  makeGroup(group, LIMITS)
  try {
    return await look(group)
  } finally {
    for (let tries = 0; tries < REMOVE_TRIES && !(killGroup(group) && removeGroup(group)); tries++)
      await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** How it ends is not what matters: it is to fail. */
function run(group: InstanceGroup, script: string): Promise<void> {
  const args = ['-c', `${ENTER}${script}`, 'proof', ...foldersOf(group)]
  return new Promise((resolve) => {
    execFile('/bin/sh', args, { timeout: LONGEST_MS, killSignal: 'SIGKILL' }, () => resolve())
  })
}
