/**
 * What an instance used, as its agent writes it beside the instance's log: JSON lines, each a moment. A line counts once its newline is there.
 * Percent as AWS counts them (behaviour 5.2): of one processor, so that four busy ones are 400; of the machine's memory; of the disk that holds
 * `/opt/ml`; of one GPU. What could not be measured is left out.
 */
export interface UsageRecord {
  /** Epoch milliseconds of job time. */
  readonly time: number
  readonly cpu?: number
  readonly memory?: number
  readonly disk?: number
  readonly gpu?: number
  readonly gpuMemory?: number
}

export const USAGE_SUFFIX = '.usage'

export function encodeUsage(record: UsageRecord): string {
  return `${JSON.stringify(record)}\n`
}

/** @param lines whole lines; one that a crash has left torn is passed over */
export function decodeUsage(lines: string): UsageRecord[] {
  return lines.split('\n').flatMap((line) => {
    const value = parse(line)
    return isUsage(value) ? [value] : []
  })
}

function parse(line: string): unknown {
  try {
    return line === '' ? undefined : JSON.parse(line)
  } catch {
    return undefined
  }
}

function isUsage(value: unknown): value is UsageRecord {
  if (typeof value !== 'object' || value === null || !('time' in value)) return false
  return Object.values(value).every((each) => Number.isFinite(each))
}
