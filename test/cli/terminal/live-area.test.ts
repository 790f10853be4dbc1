import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveArea } from '../../../src/cli/terminal/live-area.ts'
import type { Output } from '../../../src/cli/terminal/output.ts'
import { createStyles } from '../../../src/cli/terminal/styles.ts'

const UP = new RegExp(String.raw`^\u001B\[(\d+)A`)
const PARTS = new RegExp(String.raw`(\u001B\[\d+A\r\u001B\[J|\n)`)

/** What a terminal shows after all that was written; it knows the two movements that are used. */
class Screen implements Output {
  readonly isTerminal: boolean
  readonly width = 20
  readonly styles = createStyles(false)
  #lines: string[] = ['']
  #row = 0

  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal
  }

  get shown(): string {
    return this.#lines.join('\n')
  }

  lines(...lines: readonly string[]): void {
    this.write(lines.map((line) => `${line}\n`).join(''))
  }

  write(text: string): void {
    for (const part of text.split(PARTS)) this.#put(part)
  }

  #put(part: string): void {
    const up = UP.exec(part)
    if (up) {
      this.#row -= Number(up[1])
      this.#lines = [...this.#lines.slice(0, this.#row), '']
    } else if (part === '\n') {
      this.#row += 1
      this.#lines[this.#row] = ''
    } else {
      this.#lines[this.#row] += part
    }
  }
}

test('Lines that stay are printed above the live ones', () => {
  const screen = new Screen(true)
  const area = new LiveArea(screen)
  area.print('first')
  area.show('status 1', 'curve')
  area.print('second', 'third')
  area.show('status 2')
  assert.equal(screen.shown, 'first\nsecond\nthird\nstatus 2\n')
  area.clear()
  assert.equal(screen.shown, 'first\nsecond\nthird\n')
})

test('Live lines never reach the last column, where a terminal would wrap them', () => {
  const screen = new Screen(true)
  new LiveArea(screen).show('x'.repeat(30))
  assert.equal(screen.shown, `${'x'.repeat(18)}…\n`)
})

test('In a pipe there are no live lines and no movements', () => {
  const screen = new Screen(false)
  const area = new LiveArea(screen)
  area.show('status')
  area.print('line')
  area.clear()
  assert.equal(screen.shown, 'line\n')
})
