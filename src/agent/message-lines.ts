import type { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'

/** Far above any real message; a peer that sends more is not one of ours. */
const LONGEST_LINE = 64 * 2 ** 20

/**
 * Newline-delimited JSON on a socket.
 *
 * @param receive is given every message in order; what it throws ends the connection
 */
export function receiveMessages<T>(socket: Socket, receive: (message: T) => void): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  socket.on('data', (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    try {
      if (rest.length > LONGEST_LINE) throw new RangeError('The other side sent a message without an end.')
      // Both ends are ours and of one version, which every message carries.
      for (const line of lines) receive(JSON.parse(line) as T)
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  })
}

export function sendMessage(socket: Socket, message: object): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`)
}
