import { pino, type Logger } from 'pino'
import { logEntryText } from '../terminal/log-entry.ts'
import type { Output } from '../terminal/output.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Where a log goes: what is said of it, and the descriptor that it is written to. */
interface LogPlace {
  readonly level: LogLevel
  readonly output: Output
  readonly descriptor: 1 | 2
}

const LINES_KEPT_BYTES = 2 ** 20

/**
 * The log of a server: a JSON object a line, in a terminal a line for the eye. A disk or a reader that takes no more of them must not end the server:
 * such lines are kept up to a bound, then dropped.
 */
export function serverLog({ level, output, descriptor }: LogPlace): Logger {
  const lines = pino.destination({ dest: descriptor, sync: true, maxLength: LINES_KEPT_BYTES })
  lines.on('error', () => {})
  const forTheEye = { write: (line: string) => void lines.write(logEntryText(line, output.styles)) }
  return pino({ level, base: null }, output.isTerminal ? forTheEye : lines)
}
