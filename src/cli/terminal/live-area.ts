import type { Output } from './output.ts'
import { truncate } from './width.ts'

const UP = (lines: number) => (lines === 0 ? '' : `\u001B[${lines}A`)
const CLEAR_BELOW = '\r\u001B[J'

/**
 * A few lines at the foot of what has been printed, drawn again and again, while other lines are printed above them. Where the output is no terminal
 * they are never drawn.
 */
export class LiveArea {
  readonly #output: Output
  #shown: readonly string[] = []

  constructor(output: Output) {
    this.#output = output
  }

  /** Prints lines that stay, above the live ones. */
  print(...lines: readonly string[]): void {
    if (lines.length === 0) return
    this.#output.write(`${this.#erase()}${lines.join('\n')}\n${this.#draw()}`)
  }

  /** Draws these live lines in the place of the last ones. */
  show(...lines: readonly string[]): void {
    if (!this.#output.isTerminal) return
    const erased = this.#erase()
    // One column is left free: a terminal that wraps a full line would put the next drawing a line too low.
    this.#shown = lines.map((line) => truncate(line, this.#output.width - 1))
    this.#output.write(erased + this.#draw())
  }

  /** Takes the live lines away. */
  clear(): void {
    if (this.#shown.length > 0) this.#output.write(this.#erase())
    this.#shown = []
  }

  #erase(): string {
    return this.#shown.length === 0 ? '' : `${UP(this.#shown.length)}${CLEAR_BELOW}`
  }

  #draw(): string {
    return this.#shown.map((line) => `${line}\n`).join('')
  }
}
