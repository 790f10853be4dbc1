import { formatNumber } from './format.ts'
import type { Styles } from './styles.ts'
import { pad } from './width.ts'

/** Bits of a braille character by row (four) and column (two). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const
const EMPTY_BRAILLE = 0x2800
/** Columns of `0.1999`: with fewer the curve would jump sideways as its ends change. */
const NARROWEST_SCALE = 6

/**
 * A line chart in braille dots: two points a column, four a row, joined so that steep parts have no gaps.
 *
 * @param values in order; only the newest are drawn where there are more than fit
 * @param layout `width` and `height` in characters, the scale on the left included
 */
export function curve(
  values: readonly number[],
  layout: { readonly width: number; readonly height: number; readonly styles: Styles },
): readonly string[] {
  const { height, styles } = layout
  const finite = values.filter(Number.isFinite)
  if (finite.length < 2) return []
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  const labels = [formatNumber(high), ...Array.from({ length: height - 2 }, () => ''), formatNumber(low)]
  const scale = Math.max(NARROWEST_SCALE, ...labels.map((label) => label.length))
  const columns = Math.max(4, layout.width - scale - 2)
  const grid = plot(heights(finite, { columns: columns * 2, rows: height * 4, low, high }), columns, height)
  return grid.map(
    (row, at) =>
      `${styles.dim(`${pad(labels[at] ?? '', scale, 'left')} ┤`)}${styles.cyan(row.replace(/\u2800+$/, ''))}`,
  )
}

interface Grid {
  readonly columns: number
  readonly rows: number
  readonly low: number
  readonly high: number
}

/** The row, counted from the top, of each dot column; values are spread over the whole width. */
function heights(values: readonly number[], { columns, rows, low, high }: Grid): readonly number[] {
  const shown = values.slice(-columns)
  const span = high - low || 1
  return Array.from({ length: columns }, (_, at) => {
    const place = (at / (columns - 1)) * (shown.length - 1)
    const [before, after] = [shown[Math.floor(place)] ?? low, shown[Math.ceil(place)] ?? low]
    const value = before + (after - before) * (place - Math.floor(place))
    return Math.round(((high - value) / span) * (rows - 1))
  })
}

function plot(rows: readonly number[], columns: number, height: number): readonly string[] {
  const cells = Array.from({ length: height }, () => new Uint8Array(columns))
  for (const [at, row] of rows.entries()) {
    const from = rows[at - 1] ?? row
    for (let dot = Math.min(from, row); dot <= Math.max(from, row); dot += 1) {
      const line = cells[Math.floor(dot / 4)]
      if (line) line[Math.floor(at / 2)] = (line[Math.floor(at / 2)] ?? 0) | (DOTS[dot % 4]?.[at % 2] ?? 0)
    }
  }
  return cells.map((line) => String.fromCharCode(...Array.from(line, (dots) => EMPTY_BRAILLE + dots)))
}
