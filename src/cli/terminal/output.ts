import type { WriteStream } from 'node:tty'
import { createStyles, wantsColours, type Styles } from './styles.ts'

/** A place that text goes to: a terminal, a pipe or a file. */
export interface Output {
  readonly isTerminal: boolean
  /** Of the terminal now; Infinity for anything else, where nothing is to be cut. */
  readonly width: number
  readonly styles: Styles
  write(text: string): void
  /** Each one with its newline. */
  lines(...lines: readonly string[]): void
}

/** Columns beyond which a line of ours is harder to read than a wrapped one. */
const WIDEST = 120

export function streamOutput(
  stream: NodeJS.WriteStream | WriteStream,
  environment: Readonly<Record<string, string | undefined>>,
): Output {
  const isTerminal = stream.isTTY && environment['TERM'] !== 'dumb'
  return {
    isTerminal,
    get width() {
      return stream.isTTY ? Math.min(stream.columns || 80, WIDEST) : Infinity
    },
    styles: createStyles(wantsColours(stream.isTTY, environment)),
    write: (text) => void stream.write(text),
    lines: (...lines) => {
      if (lines.length > 0) stream.write(`${lines.join('\n')}\n`)
    },
  }
}
