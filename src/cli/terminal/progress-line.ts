import { formatBytes, formatDuration } from './format.ts'
import type { Styles } from './styles.ts'
import { displayWidth, pad, truncate } from './width.ts'

export interface Progress {
  /** What is on its way: `upload train`. */
  readonly label: string
  /** Bytes. */
  readonly done: number
  /** Bytes in all; undefined where nobody knows. */
  readonly total: number | undefined
  /** Milliseconds since the first byte. */
  readonly elapsed: number
}

export interface ProgressLayout {
  /** Columns of the line. */
  readonly width: number
  /** Columns of the label, so that several lines stand in one order. */
  readonly labelWidth: number
  readonly styles: Styles
}

const WIDEST_BAR = 32
const NARROWEST_BAR = 8
/** A column in eighths, so that the bar grows evenly. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const
/** The columns that share, amount, rate and time take at the most, with the gaps before them: the bar keeps its length while they change. */
const FACTS_WIDTH = 47

/** One line: label, bar, share, bytes, rate, and the time left or, at the end, the time taken. */
export function progressLine(progress: Progress, { width, labelWidth, styles }: ProgressLayout): string {
  const { label, done, total, elapsed } = progress
  const share = shareOf(done, total)
  const facts = [
    ...(share === undefined ? [] : [pad(`${Math.floor(share * 100)} %`, 5, 'left')]),
    pad(amount(done, total), 16, 'left'),
    pad(rate(done, elapsed), 9, 'left'),
    timeFact(progress),
  ].join('  ')
  const title = pad(label, labelWidth)
  const room = Math.min(WIDEST_BAR, width - displayWidth(title) - 2 - FACTS_WIDTH)
  const bar = share === undefined || room < NARROWEST_BAR ? '' : `${drawBar(share, room, styles)} `
  return truncate(`${title}  ${bar}${facts}`.trimEnd(), width)
}

function shareOf(done: number, total: number | undefined): number | undefined {
  if (total === undefined) return undefined
  return total === 0 ? 1 : Math.min(1, done / total)
}

/** A full bar is not drawn before everything is there. */
function drawBar(share: number, width: number, styles: Styles): string {
  const eighths = share === 1 ? width * 8 : Math.min(width * 8 - 1, Math.floor(share * width * 8))
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
  return styles.green(full) + styles.dim('░'.repeat(width - displayWidth(full)))
}

function amount(done: number, total: number | undefined): string {
  return total === undefined || done >= total ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`
}

/** Nothing for the first milliseconds: a rate over no time is a fantasy. */
function rate(done: number, elapsed: number): string {
  return elapsed < 1 || done === 0 ? '' : `${formatBytes((done / elapsed) * 1000)}/s`
}

function timeFact({ done, total, elapsed }: Progress): string {
  if (total !== undefined && done >= total) return elapsed < 50 ? '' : `in ${formatDuration(elapsed)}`
  return total === undefined || done === 0 ? '' : `${formatDuration((elapsed / done) * (total - done))} left`
}
