import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Processes that stand in this folder or name it: those of ours that hold something. */
export function processesIn(folder: string): string[] {
  return runningProcesses().flatMap((pid) => {
    const command = fieldsOf(pid, 'cmdline').join(' ')
    return command.includes(folder) || cwdOf(pid).startsWith(folder) ? [command] : []
  })
}

function cwdOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

/** Their pids. */
export function runningProcesses(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter(isRunning)
}

/** Of /proc: texts that end with a null byte; none of a process that is gone. */
export function fieldsOf(pid: number, file: 'environ' | 'cmdline'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** A zombie is not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !['Z', 'X'].includes(stat.charAt(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}
