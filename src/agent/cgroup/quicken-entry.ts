import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the kernel's control groups are mounted. */
const ROOT = '/sys/fs/cgroup'

let underWay: Promise<void> | undefined

/**
 * Lets a process that enters a control group within the next moments do so at once. The kernel lets one in only when no processor can still be in the middle of a
 * fork, which takes it 5 to 20 ms to be sure of; whoever comes in the 20 ms after another need not wait again (measured). So this process enters the group that it is in
 * already, which changes nothing, in a thread of its own, while an instance is laid out.
 *
 * Never rejects: where that is forbidden an entry takes its time.
 */
export function quickenEntry(): Promise<void> {
  // One at a time, however many instances are launched at once: each would take a thread of the pool.
  underWay ??= enterOwn().finally(() => (underWay = undefined))
  return underWay
}

async function enterOwn(): Promise<void> {
  try {
    const folder = ownFolder(readFileSync('/proc/self/cgroup', 'utf8'))
    // 0 is the writer itself.
    if (folder !== undefined) await writeFile(join(folder, 'cgroup.procs'), '0', { flag: 'r+' })
  } catch {
    // Not ours to write.
  }
}

/**
 * The folder of a group that this process is in, of any hierarchy: they share the lock. @param own the text of `/proc/self/cgroup`
 * @returns undefined where there is none
 */
export function ownFolder(own: string): string | undefined {
  const found = /^\d+:(memory|cpu|pids):(\/.*)$/m.exec(own) ?? /^0:()?:(\/.*)$/m.exec(own)
  return found?.[2] === undefined ? undefined : join(ROOT, found[1] ?? '', found[2])
}
