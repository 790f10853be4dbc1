import { readdirSync, readFileSync } from 'node:fs'
import type { ProcessIdentity } from './proc.ts'

/** What a process and everything below it has used. */
export interface TreeUsage {
  /** Of its own and of children that it has waited for. */
  readonly cpuSeconds: number
  /** Resident; a page that processes share counts for each. */
  readonly memoryBytes: number
  /** Since the first process began. */
  readonly ageSeconds: number
}

/** USER_HZ, which Linux shows to programs on every architecture that we run on, and its usual page. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

interface Entry {
  readonly pid: number
  readonly parent: number
  /** As /proc has it, for comparing. */
  readonly startTime: string
  readonly ticks: number
  readonly pages: number
}

/**
 * @param alone counts the first process only, which costs one small read
 * @returns undefined when it is not there any more
 */
export function treeUsage(first: ProcessIdentity, alone: boolean): TreeUsage | undefined {
  const top = entry(first.pid)
  if (!top || top.startTime !== first.startTime) return undefined
  const tree = alone ? [top] : below(top)
  const uptime = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'))
  return {
    cpuSeconds: tree.reduce((ticks, process) => ticks + process.ticks, 0) / TICKS_PER_SECOND,
    memoryBytes: tree.reduce((pages, process) => pages + process.pages, 0) * PAGE_BYTES,
    ageSeconds: Math.max(0, uptime - Number(top.startTime) / TICKS_PER_SECOND),
  }
}

function below(top: Entry): Entry[] {
  const children = childrenByParent()
  const found = new Map([[top.pid, top]])
  for (const process of found.values()) {
    // Once each: a pid that was used again while we looked may seem to be above itself.
    for (const child of children.get(process.pid) ?? []) if (!found.has(child.pid)) found.set(child.pid, child)
  }
  return [...found.values()]
}

const SNAPSHOT_MS = 250
let snapshot: { readonly at: number; readonly children: ReadonlyMap<number, readonly Entry[]> } | undefined

/** One look at all processes serves all instances that are due together. */
function childrenByParent(): ReadonlyMap<number, readonly Entry[]> {
  const at = performance.now()
  if (snapshot && at - snapshot.at < SNAPSHOT_MS) return snapshot.children
  const entries = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (entry(Number(name)) ?? []) : []))
  snapshot = { at, children: Map.groupBy(entries, ({ parent }) => parent) }
  return snapshot.children
}

/** Fields of /proc/<pid>/stat, counted from the last `)`: the name may hold anything. */
function entry(pid: number): Entry | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { pid, parent: Number(fields[1]), startTime: fields[19] ?? '', ticks, pages: Number(fields[21]) }
  } catch {
    return undefined
  }
}
