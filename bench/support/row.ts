/** One line of the table. */
export interface Row {
  readonly what: string
  readonly yardstick: string
  readonly goal: string
  /** Ours beside the yardstick, as the goal states it. */
  readonly result: string
  readonly met: boolean
  /** Absolute figures of both, which say more about the machine than about us. */
  readonly ours: string
  readonly theirs: string
}

/** What a bench is: started by `npm run bench` it hands its rows over, run alone it prints them. */
export async function bench(measure: () => Promise<readonly Row[]>): Promise<void> {
  const rows = await measure()
  if (process.send) process.send(rows)
  else printTable(rows)
}

const COLUMNS = ['what', 'yardstick', 'goal', 'result', 'ours', 'theirs'] as const

/** Prints a table in Markdown. */
export function printTable(rows: readonly Row[]): void {
  const cells = rows.map((row) => [...COLUMNS.map((column) => row[column]), row.met ? 'yes' : '**no**'])
  const table = [[...COLUMNS, 'met'], ...cells]
  const widths = table[0]?.map((_, at) => Math.max(...table.map((line) => line[at]?.length ?? 0))) ?? []
  const lines = table.map((line) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`)
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  console.log(lines.join('\n'))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** @param share 0.99 for p99 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/**
 * Measures ours and theirs in turn, so that both see the same machine.
 * @param warmUp pairs that come before and do not count
 */
export async function pairs<Measure>(
  count: number,
  ours: () => Promise<Measure>,
  theirs: () => Promise<Measure>,
  warmUp = 1,
): Promise<{ readonly ours: Measure[]; readonly theirs: Measure[] }> {
  const measured = { ours: [] as Measure[], theirs: [] as Measure[] }
  for (let pair = -warmUp; pair < count; pair++) {
    const [own, other] = [await ours(), await theirs()]
    if (pair < 0) continue
    measured.ours.push(own)
    measured.theirs.push(other)
  }
  return measured
}

/** The median of the ratios of the pairs. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, at) => value / (theirs[at] ?? Number.NaN)))
}
