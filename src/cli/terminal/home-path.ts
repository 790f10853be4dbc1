import { homedir } from 'node:os'
import { shQuote } from '../env/sh-quote.ts'

/** A path as people write it, which a shell understands as well: below the home folder with a tilde, quoted where it must be. */
export function homePath(path: string, home: string = homedir()): string {
  const quoted = shQuote(path)
  return quoted === path && home !== '/' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : quoted
}

/** The shortest of these: a path below the working directory from there, any other as `homePath` has it. */
export function shortPath(path: string, cwd: string = process.cwd()): string {
  return cwd !== '/' && path.startsWith(`${cwd}/`) ? shQuote(path.slice(cwd.length + 1)) : homePath(path)
}
