import { hash } from 'node:crypto'

const BLOCK = 32

/** A stream of bytes that a seed decides: for ids in a run that can be repeated, never for keys that keep anybody out. */
export function seededBytes(seed: string): (count: number) => Buffer {
  let blocks = 0
  return (count) => {
    const needed = Array.from({ length: Math.ceil(count / BLOCK) }, () =>
      hash('sha256', `${seed}\n${blocks++}`, 'buffer'),
    )
    return Buffer.concat(needed).subarray(0, count)
  }
}
