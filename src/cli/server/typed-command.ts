import { isAbsolute, relative, sep } from 'node:path'
import { isOnPath } from '../../util/is-on-path.ts'
import { shQuote } from '../env/sh-quote.ts'
import { dataOption } from './chosen-folder.ts'

const NAME = 'trainyard'

/** What is known of how the program was started. */
export interface Invocation {
  /** `process.argv[1]`: the file that was run, absolute. */
  readonly file: string
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A command of this program as one may type or paste it where this one was typed, about the same data folder if one is given. */
export function typed(command: string, dataFolder?: string): string {
  const invocation = { file: process.argv[1] ?? NAME, cwd: process.cwd(), environment: process.env }
  return `${programName(invocation)} ${command}${dataFolder === undefined ? '' : dataOption(dataFolder)}`
}

/** `trainyard` where the shell finds that, `npx trainyard` below npx, else the path of the file: in a clone `bin/trainyard`. */
export function programName({ file, cwd, environment }: Invocation): string {
  // npx puts the package's programs on the path, for as long as it runs only.
  if (environment['npm_command'] === 'exec') return `npx ${NAME}`
  if (isOnPath(NAME, environment['PATH'] ?? '')) return NAME
  const path = relative(cwd, file)
  if (path === '' || isAbsolute(path) || path.split(sep)[0] === '..') return shQuote(file)
  return shQuote(path.includes(sep) ? path : `.${sep}${path}`)
}
