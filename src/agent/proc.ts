import { readdirSync, readFileSync } from 'node:fs'

/** A process that cannot be mistaken for another one: a pid is used again, a pid with its start time is not until the machine is restarted. */
export interface ProcessIdentity {
  readonly pid: number
  /** Field 22 of /proc/<pid>/stat, in clock ticks since boot. */
  readonly startTime: string
}

export interface ProcessStat extends ProcessIdentity {
  readonly state: string
  readonly parent: number
}

/** @returns the id of this run of the machine's kernel */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** @returns undefined when there is no such process */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param line as /proc/<pid>/stat has it; the name in parentheses may hold anything, so fields are counted from the last `)` */
export function parseStat(line: string): ProcessStat | undefined {
  const pid = Number.parseInt(line, 10)
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state, parent] = fields
  const startTime = fields[19]
  if (!Number.isInteger(pid) || state === undefined || parent === undefined || startTime === undefined) return undefined
  return { pid, startTime, state, parent: Number(parent) }
}

/** Whether this very process still runs; one that has ended and only waits to be reaped does not. */
export function isAlive(process: ProcessIdentity): boolean {
  const stat = processStat(process.pid)
  return stat !== undefined && stat.startTime === process.startTime && stat.state !== 'Z' && stat.state !== 'X'
}

/** The process and everything below it. In a pid namespace of its own that is everything, because orphans become children of its first process. */
export function withDescendants(first: ProcessIdentity): ProcessIdentity[] {
  if (!isAlive(first)) return []
  const children = Map.groupBy(allProcesses(), ({ parent }) => parent)
  const found: ProcessIdentity[] = [first]
  for (const process of found) found.push(...(children.get(process.pid) ?? []))
  return found
}

export function allProcesses(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processStat(Number(name)))
    .filter((stat) => stat !== undefined)
}

/** Compares the start time right before, so that a reused pid is never hit. @returns whether the signal was sent */
export function signalProcess(target: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!isAlive(target)) return false
  try {
    process.kill(target.pid, signal)
    return true
  } catch {
    return false
  }
}

const SIGTERM_BIT = 1n << 14n

/** Whether the process has a handler for SIGTERM. Process 1 of a pid namespace that has none never sees the signal. */
export function handlesTermination({ pid }: ProcessIdentity): boolean {
  try {
    const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return caught !== undefined && (BigInt(`0x${caught}`) & SIGTERM_BIT) !== 0n
  } catch {
    return false
  }
}

/** How many processes the kernel has killed since boot because memory ran out; undefined where it does not say. */
export function memoryKills(): number | undefined {
  const match = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))
  return match ? Number(match[1]) : undefined
}
