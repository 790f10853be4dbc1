/** What came of one part of the crash tests. */
export interface TableRow {
  readonly part: string
  /** How many faults were tried. */
  readonly points: number
  /** Kinds of jobs. */
  readonly scenarios: number
  /** Every invariant that did not hold, and where. */
  readonly broken: readonly string[]
}

/** The rows as a Markdown table, as it stands in the documentation. */
export function tableOf(rows: readonly TableRow[]): string {
  const cells = [
    ['What goes wrong', 'Points', 'Kinds of jobs', 'Invariants broken'],
    ...rows.map(({ part, points, scenarios, broken }) => [
      part,
      points.toLocaleString('en'),
      String(scenarios),
      String(broken.length),
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

/** The rows of two runs as those of one. */
export function joined(before: readonly TableRow[], after: readonly TableRow[]): readonly TableRow[] {
  const rows = new Map(before.map((row) => [row.part, row]))
  for (const row of after) {
    const other = rows.get(row.part)
    rows.set(row.part, other ? { ...row, ...sumOf(other, row) } : row)
  }
  return [...rows.values()]
}

function sumOf(one: TableRow, other: TableRow): Omit<TableRow, 'part'> {
  const scenarios = Math.max(one.scenarios, other.scenarios)
  return { points: one.points + other.points, scenarios, broken: [...one.broken, ...other.broken] }
}

/** An error as a line of what is broken. */
export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
