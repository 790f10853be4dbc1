import { InvalidArgumentError, type Command } from 'commander'

/** What every command that talks to a server takes. */
export function withData(command: Command): Command {
  return command.option('--data <dir>', 'the data folder of the server')
}

export function withJson(command: Command, what: string): Command {
  return command.option('--json', `print ${what} as JSON`)
}

/** For an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

/** A TCP port, 0 for a free one. @throws InvalidArgumentError */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new InvalidArgumentError('It must be a number from 0 to 65535.')
}

/** A number of things of which there is at least one. @throws InvalidArgumentError */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1 on.')
}

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** `90s`, `30m`, `1h`, `1h30m`, `2d`, or a number of seconds; in seconds. @throws InvalidArgumentError */
export function parseSeconds(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhd])/g)]
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === text
  const seconds = isWhole ? parts.reduce((sum, part) => sum + secondsOf(part), 0) : Number(/^\d+$/.exec(text)?.[0])
  if (seconds >= 1) return seconds
  throw new InvalidArgumentError('It must be a duration such as 90s, 30m, 1h30m or 2d.')
}

function secondsOf([, count = '', unit = 's']: RegExpExecArray): number {
  return Number(count) * (UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS] ?? Number.NaN)
}

/** What a section's heading can hold. @throws InvalidArgumentError */
export function parseProfile(name: string): string {
  if (/^[\w.@+-]+$/.test(name)) return name
  throw new InvalidArgumentError('A profile name has letters, digits and . _ @ + - only.')
}
