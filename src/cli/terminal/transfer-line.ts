import { LiveArea } from './live-area.ts'
import type { Output } from './output.ts'
import { progressLine } from './progress-line.ts'

/** Milliseconds between two drawings: more often is not seen. */
const REDRAW = 80
const LABEL_WIDTH = 14

/** A progress bar for bytes on their way; where the output is no terminal, one line when all are there. */
export class TransferLine implements Disposable {
  readonly #area: LiveArea
  readonly #out: Output
  readonly #label: string
  readonly #now: () => number
  readonly #began: number
  #drawn = Number.NEGATIVE_INFINITY
  #done = 0
  #total: number | undefined

  /** @param now milliseconds from any start */
  constructor(out: Output, label: string, now = () => performance.now()) {
    this.#area = new LiveArea(out)
    this.#out = out
    this.#label = label
    this.#now = now
    this.#began = now()
  }

  /** How many bytes there will be. */
  expect(total: number): void {
    this.#total = total
    this.#draw()
  }

  add(bytes: number): void {
    this.#done += bytes
    if (this.#now() - this.#drawn >= REDRAW) this.#draw()
  }

  /** The line stays as it is at the end. */
  finish(): void {
    this.#total = this.#done
    this.#area.clear()
    this.#area.print(this.#line())
  }

  [Symbol.dispose](): void {
    this.#area.clear()
  }

  #draw(): void {
    this.#drawn = this.#now()
    this.#area.show(this.#line())
  }

  #line(): string {
    const width = Number.isFinite(this.#out.width) ? this.#out.width - 1 : PIPED_WIDTH
    const progress = { label: this.#label, done: this.#done, total: this.#total, elapsed: this.#now() - this.#began }
    return progressLine(progress, { width, labelWidth: LABEL_WIDTH, styles: this.#out.styles })
  }
}

/** Where nothing says how wide lines may be. */
const PIPED_WIDTH = 79
