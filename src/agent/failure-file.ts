import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { OwnTree } from './own-tree.ts'

/** How much of `/opt/ml/output/failure` becomes the reason (behaviour 3.8). */
const CHARACTERS = 1024
const MOST_BYTES_A_CHARACTER = 4

/** @returns what the job says of its failure; undefined where it says nothing in a plain file of its own */
export function readFailure(tree: OwnTree): string | undefined {
  const entry = tree.resolve('output/failure')
  if (!entry?.stats.isFile()) return undefined
  // A FIFO would block whoever opens it, so even what was a file a moment ago is opened as if it were one.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = openSync(Buffer.from(entry.path, 'latin1'), flags)
  try {
    if (!fstatSync(file).isFile()) return undefined
    const bytes = Buffer.alloc(CHARACTERS * MOST_BYTES_A_CHARACTER)
    const length = readSync(file, bytes, 0, bytes.length, 0)
    // Half of a character at the end is none.
    const text = bytes
      .toString('utf8', 0, length)
      .slice(0, CHARACTERS)
      .replace(/[\ud800-\udbff]$/, '')
    return text === '' ? undefined : text
  } finally {
    closeSync(file)
  }
}
