import type { Styles } from './styles.ts'

/** As pino writes it: an object of a log line, with its error made plain. */
interface LogEntry {
  readonly level: number
  /** Epoch milliseconds. */
  readonly time: number
  readonly msg?: string
  readonly err?: { readonly message?: string; readonly stack?: string; readonly code?: unknown }
}

const PINO_LEVELS = { info: 30, warn: 40, error: 50 } as const

/**
 * A line of a server's log as people read it: the time, what happened and to what, the error below. Of an error that is not foreseen, which has no code,
 * the place is shown too.
 *
 * @param line of JSON; anything else is shown as it is
 * @returns lines, each with its newline
 */
export function logEntryText(line: string, styles: Styles): string {
  const entry = parseEntry(line)
  if (!entry) return line
  const { level, time, msg = '', err, ...facts } = entry
  const about = Object.entries(facts).map(([name, value]) => `${name}=${factText(value)}`)
  const head = [styles.dim(timeOfDay(time)), sign(level, styles), msg, styles.dim(about.join(' '))]
  const lines = [head.filter((part) => part !== '').join(' '), ...errorLines(err).map((text) => `  ${text}`)]
  return lines.map((text) => `${text}\n`).join('')
}

function parseEntry(line: string): LogEntry | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isEntry(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isEntry(value: unknown): value is LogEntry {
  if (typeof value !== 'object' || value === null) return false
  const { level, time } = value as Partial<Record<keyof LogEntry, unknown>>
  return typeof level === 'number' && typeof time === 'number'
}

function sign(level: number, styles: Styles): string {
  if (level >= PINO_LEVELS.error) return styles.red('error:')
  if (level >= PINO_LEVELS.warn) return styles.yellow('warning:')
  return level >= PINO_LEVELS.info ? '' : styles.dim('debug:')
}

/** Local time, `14:57:02`. */
function timeOfDay(time: number): string {
  return new Date(time).toTimeString().slice(0, 8)
}

function factText(value: unknown): string {
  return typeof value === 'string' && !/[\s"]/.test(value) ? value : JSON.stringify(value)
}

function errorLines(err: LogEntry['err']): readonly string[] {
  if (!err) return []
  const text = err.code === undefined ? (err.stack ?? err.message) : err.message
  return (text ?? '').split('\n').map((line) => line.trimEnd())
}
