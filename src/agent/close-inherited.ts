import { closeSync, readdirSync, readFileSync } from 'node:fs'

const O_CLOEXEC = 0o2_000_000
const STANDARD_ERROR = 2

/**
 * Closes every descriptor that this process was started with beside the standard ones: whoever started the server may have left any of them open, and a job
 * must not find it. They are told by their flag: Node opens its own with close-on-exec, which keeps them out of what it starts.
 *
 * To be called before anything is started.
 */
export function closeInherited(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name)
    if (descriptor <= STANDARD_ERROR || closesOnExec(descriptor)) continue
    try {
      closeSync(descriptor)
    } catch {
      // The one that the folder was read by is closed already.
    }
  }
}

function closesOnExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1]
    return flags === undefined || (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0
  } catch {
    return true
  }
}
