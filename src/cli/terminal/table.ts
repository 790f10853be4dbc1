import type { Styles } from './styles.ts'
import { displayWidth, pad } from './width.ts'
import { wrap } from './wrap.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Is broken into lines where the table would be wider than the terminal; at most one. */
  readonly flexible?: boolean
}

const GAP = '  '
/** A flexible column gets no narrower than this: a terminal that wraps is better than a column of single words. */
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
  const titles = columns.map((column) => column.title)
  const [head = '', ...body] = [titles, ...rows].flatMap((cells) => rowLines(columns, cells, widths))
  return [layout.styles.dim(head), ...body]
}

/** As many lines as the cell with the most of them needs. */
function rowLines(columns: readonly Column[], cells: readonly string[], widths: readonly number[]): readonly string[] {
  const wrapped = columns.map((column, at) => {
    const cell = cells[at] ?? ''
    return column.flexible ? wrap(cell, widths[at] ?? 0) : [cell]
  })
  const height = Math.max(...wrapped.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, at) => pad(wrapped[at]?.[line] ?? '', widths[at] ?? 0, padding(column)))
      .join(GAP)
      .trimEnd(),
  )
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
