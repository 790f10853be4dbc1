import { closeSync, constants, openSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A unix socket's address holds 108 bytes with its ending zero. */
const LONGEST_ADDRESS = 107

/** Where an agent of this data folder listens. */
export function agentSocket(dataFolder: string): string {
  return join(dataFolder, 'agent', 'agent.sock')
}

/**
 * Gives `use` an address for the socket at `path`; a path that is too long for one is reached through an open descriptor of its folder.
 * `use` must be done with the address when it returns or its promise settles.
 */
export async function withSocketAddress<T>(path: string, use: (address: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= LONGEST_ADDRESS) return use(path)
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    return await use(`/proc/self/fd/${folder}/${path.slice(path.lastIndexOf('/') + 1)}`)
  } finally {
    closeSync(folder)
  }
}
