import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** Text in, text out; without colours every one of them gives back what it got. */
export interface Styles {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly blue: (text: string) => string
  readonly cyan: (text: string) => string
}

export function createStyles(colours: boolean): Styles {
  const style = (format: Format) => (text: string) =>
    colours && text !== '' ? styleText(format, text, { validateStream: false }) : text
  return {
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    green: style('green'),
    yellow: style('yellow'),
    blue: style('blue'),
    cyan: style('cyan'),
  }
}

/** Colours for a terminal, unless NO_COLOR is set to anything or the terminal is a dumb one; FORCE_COLOR asks for them everywhere. */
export function wantsColours(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): boolean {
  const { NO_COLOR: no = '', FORCE_COLOR: force = '', TERM: kind } = environment
  if (no !== '') return false
  if (force !== '') return force !== '0'
  return isTerminal && kind !== 'dumb'
}
