import { homedir } from 'node:os'
import { shQuote } from '../env/sh-quote.ts'

/** A path as people write it, which a shell understands as well: below the home folder with a tilde, quoted where it must be. */
export function homePath(path: string, home: string = homedir()): string {
  const quoted = shQuote(path)
  return quoted === path && home !== '/' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : quoted
}
