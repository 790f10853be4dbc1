import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Beside `bin` in the package, two folders above the sources. */
const CANDIDATES = ['../package.json', '../../package.json']

/** Of the package, as its package.json has it. */
export const VERSION: string = readVersion()

function readVersion(): string {
  for (const candidate of CANDIDATES) {
    try {
      const value: unknown = JSON.parse(readFileSync(join(import.meta.dirname, candidate), 'utf8'))
      if (typeof value === 'object' && value !== null && 'version' in value) return String(value.version)
    } catch {
      // The other place, then.
    }
  }
  return 'unknown'
}
