import { createServer } from 'node:http'
import type { Server as ListeningServer } from 'node:net'

/** A server that says who asked. */
export function answering(listening: ListeningServer): { close(): Promise<void> } {
  const server = createServer((request, response) => response.end(`server, asked by ${request.socket.remoteAddress}`))
  server.listen(listening)
  return {
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
