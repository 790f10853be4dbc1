import type { Styles } from './styles.ts'
import { displayWidth, pad, truncate } from './width.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Gives up width first where the table is wider than the terminal; at most one. */
  readonly flexible?: boolean
}

const GAP = '  '
/** A flexible column is never cut below this: better a line that wraps than one that says nothing. */
const NARROWEST = 12

/**
 * Columns under their titles, parted by two spaces, with no rules between: readable in any terminal and easy to cut up by other programs.
 *
 * @param rows cells may be coloured
 * @param layout `width` in columns, Infinity for a pipe
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  layout: { readonly width: number; readonly styles: Styles },
): readonly string[] {
  const widths = columnWidths(columns, rows, layout.width)
  const line = (cells: readonly string[]) =>
    columns
      .map((column, at) => pad(truncate(cells[at] ?? '', widths[at] ?? 0), widths[at] ?? 0, padding(column)))
      .join(GAP)
      .trimEnd()
  const titles = columns.map((column) => column.title)
  return [layout.styles.dim(line(titles)), ...rows.map(line)]
}

function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number,
): readonly number[] {
  const natural = columns.map((column, at) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[at] ?? ''))),
  )
  const total = natural.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1))
  const excess = Math.max(0, total - available)
  return natural.map((width, at) =>
    columns[at]?.flexible ? Math.min(width, Math.max(NARROWEST, width - excess)) : width,
  )
}

function padding(column: Column): 'left' | 'right' {
  return column.align === 'right' ? 'left' : 'right'
}
