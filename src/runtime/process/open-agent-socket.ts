import { connect, type Socket } from 'node:net'
import { withSocketAddress } from '../../agent/socket-address.ts'
import { errorCode } from '../../util/error-code.ts'

/** No socket; one that nobody listens on; one whose listener died before it took this connection out of its queue. */
const NOBODY: readonly (string | undefined)[] = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET']

/**
 * @param path absolute, of any length
 * @returns undefined where nobody listens
 */
export async function openAgentSocket(path: string): Promise<Socket | undefined> {
  try {
    return await withSocketAddress(path, connected)
  } catch (error) {
    // Also the folder of a long path may not be there yet.
    if (NOBODY.includes(errorCode(error))) return undefined
    throw error
  }
}

function connected(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
