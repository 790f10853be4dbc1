import { curve } from '../terminal/curve.ts'
import { formatDuration, formatNumber } from '../terminal/format.ts'
import { LiveArea } from '../terminal/live-area.ts'
import type { Output } from '../terminal/output.ts'
import { pad } from '../terminal/width.ts'
import type { JobEvent } from './follow-job.ts'
import { toMilliseconds, type WireTransition } from './job-description.ts'
import type { LogLine } from './log-reader.ts'
import { endedSign, statusSign, STATUS_WIDTH, toneStyle } from './status-style.ts'

/** A number to be drawn as it changes: whatever `pattern` captures in a line of the log. */
export interface WatchedNumber {
  readonly name: string
  readonly pattern: RegExp
}

export interface WatchViewOptions {
  readonly out: Output
  /** Epoch milliseconds of job time. */
  readonly now: () => number
  readonly watched?: WatchedNumber
}

const CURVE_HEIGHT = 6
const WIDEST_CURVE = 76
const TIME_WIDTH = 7

/**
 * Shows a job's events. In a terminal each status is a line that stays once the status has ended, with the time it took; the one that goes on is drawn at the
 * foot, its time running. Elsewhere each status is one plain line as it begins, with the time since the job's creation.
 */
export class WatchView {
  readonly #options: WatchViewOptions
  readonly #area: LiveArea
  readonly #values: number[] = []
  #current: WireTransition | undefined
  #created: number | undefined

  constructor(options: WatchViewOptions) {
    this.#options = options
    this.#area = new LiveArea(options.out)
  }

  show(event: JobEvent): void {
    switch (event.kind) {
      case 'status':
        return this.#began(event.transition)
      case 'status-end':
        return this.#ended(event.transition)
      case 'log':
        return this.#log(event.line)
      case 'tick':
        return this.#draw()
      case 'end':
        return this.#finish()
      default:
        return event satisfies never
    }
  }

  /** A remark between the lines of the job. */
  print(...lines: readonly string[]): void {
    this.#area.print(...lines)
  }

  /** Leaves the terminal as it is, without the lines that moved. */
  close(): void {
    this.#area.clear()
  }

  #began(transition: WireTransition): void {
    const begin = toMilliseconds(transition.StartTime)
    this.#created ??= begin
    this.#current = transition
    if (this.#options.out.isTerminal) return this.#draw()
    this.#area.print(this.#statusLine(transition, `+${formatDuration(begin - this.#created)}`, '·'))
  }

  #ended(transition: WireTransition): void {
    if (!this.#options.out.isTerminal) return
    const { styles } = this.#options.out
    const took = toMilliseconds(transition.EndTime ?? 0) - toMilliseconds(transition.StartTime)
    this.#current = undefined
    const sign = endedSign(transition.Status, styles)
    this.#area.print(this.#statusLine(transition, took === 0 ? '' : formatDuration(took), sign))
  }

  #log({ host, amongSeveral, text }: LogLine): void {
    const { styles } = this.#options.out
    const from = amongSeveral ? styles.blue(`${host} `) : ''
    this.#area.print(`${styles.dim('  │ ')}${from}${text}`)
    const value = Number(this.#options.watched?.pattern.exec(text)?.[1])
    if (Number.isFinite(value)) this.#values.push(value)
  }

  #draw(): void {
    const { out, now } = this.#options
    if (!this.#current) return this.#area.show()
    const elapsed = formatDuration(now() - toMilliseconds(this.#current.StartTime))
    const sign = statusSign(this.#current.Status, out.styles)
    this.#area.show(...this.#curve(), '', this.#statusLine(this.#current, elapsed, sign))
  }

  /** The job is over: the curve stays. */
  #finish(): void {
    this.#area.clear()
    this.#area.print(...this.#curve())
  }

  #statusLine({ Status, StatusMessage = '' }: WireTransition, time: string, sign: string): string {
    const { styles } = this.#options.out
    const status = toneStyle(Status, styles)(pad(Status, STATUS_WIDTH))
    return `${sign} ${status} ${pad(time, TIME_WIDTH, 'left')}  ${StatusMessage}`
  }

  #curve(): readonly string[] {
    const { out, watched } = this.#options
    const width = Math.min(WIDEST_CURVE, out.width - 5)
    const lines = curve(this.#values, { width, height: CURVE_HEIGHT, styles: out.styles })
    if (!watched || lines.length === 0) return []
    return [
      '',
      `  ${out.styles.bold(watched.name)} ${out.styles.dim(formatNumber(this.#values.at(-1) ?? 0))}`,
      ...lines.map((line) => `  ${line}`),
    ]
  }
}
