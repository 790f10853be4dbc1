import { readText, type InstanceFolder } from './instance-folder.ts'
import { bootId, isAlive, parseStat, processStat, type ProcessIdentity } from './proc.ts'

/** A process of ours that outlives the agent, and has written who it is: boot id, and its own line of /proc/self/stat. */
export interface Keeper extends ProcessIdentity {
  readonly bootId: string
}

/** What an instance's files say of its command. */
export interface CommandStatus {
  /** The process that waits for the command and writes its exit code; undefined until it has said who it is. */
  readonly waiter?: Keeper
  /** Process 1 of the instance as this machine numbers it. */
  readonly childPid?: number
  /** Whether the box is made and the command is about to run. */
  readonly started: boolean
  readonly exitCode?: number
}

export function readStatus(place: InstanceFolder): CommandStatus {
  return { ...readWaiter(place), ...parseStatus(readText(place.status) ?? '') }
}

/** A line without its newline is not written yet. bubblewrap puts more into its lines than we read. */
export function parseStatus(text: string): Omit<CommandStatus, 'waiter'> {
  const lines = text.split('\n').slice(0, -1)
  const childPid = lastNumber(lines, /"child-pid": (\d+)/)
  const exitCode = lastNumber(lines, /"exit-code": (\d+)/)
  return {
    started: lines.some((line) => line.includes('"started"')),
    ...(childPid === undefined ? {} : { childPid }),
    ...(exitCode === undefined ? {} : { exitCode }),
  }
}

function lastNumber(lines: readonly string[], pattern: RegExp): number | undefined {
  const found = lines.map((line) => pattern.exec(line)?.[1]).findLast((value) => value !== undefined)
  return found === undefined ? undefined : Number(found)
}

function readWaiter(place: InstanceFolder): Pick<CommandStatus, 'waiter'> {
  const waiter = readKeeper(place.waiter)
  return waiter ? { waiter } : {}
}

/** @returns undefined until the process has said who it is */
export function readKeeper(file: string): Keeper | undefined {
  const [boot, line, end] = (readText(file) ?? '').split('\n')
  const stat = line === undefined || end === undefined ? undefined : parseStat(line)
  return boot === undefined || !stat ? undefined : { bootId: boot, pid: stat.pid, startTime: stat.startTime }
}

export function isKeeperAlive(keeper: Keeper | undefined): keeper is Keeper {
  return keeper !== undefined && keeper.bootId === bootId() && isAlive(keeper)
}

export function isWaiterAlive({ waiter }: CommandStatus): boolean {
  return isKeeperAlive(waiter)
}

/** Process 1, believed only while its parent is the living waiter: afterwards its pid may be anybody's. */
export function firstProcess(status: CommandStatus): ProcessIdentity | undefined {
  if (status.childPid === undefined || !isWaiterAlive(status)) return undefined
  const stat = processStat(status.childPid)
  return stat && stat.parent === status.waiter?.pid ? { pid: stat.pid, startTime: stat.startTime } : undefined
}
