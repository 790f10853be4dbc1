import type { Row, Shown } from './row.ts'
import { advance } from './world.ts'

/** A job that is over after a minute and a half, and has failed. */
export function failed(row: Pick<Row, 'of' | 'variant' | 'request' | 'said'>, shown: Omit<Shown, 'status'>): Row {
  return { ...row, acts: [[advance('90s'), { status: 'Failed', ...shown }]] }
}
