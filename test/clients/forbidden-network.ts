import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Where clients go that leave this machine: a proxy that notes whom they ask for and lets nobody through. Python's clients take their proxy from the
 * environment, so what reaches it is what would have gone to the network.
 */
export class ForbiddenNetwork {
  readonly attempts: string[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      this.attempts.push(`${request.method} ${request.url}`)
      response.writeHead(403).end()
    })
    this.#server.on('connect', (request, socket) => {
      this.attempts.push(`CONNECT ${request.url}`)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
  }

  static async open(): Promise<ForbiddenNetwork> {
    const network = new ForbiddenNetwork()
    await once(network.#server.listen(0, '127.0.0.1'), 'listening')
    return network
  }

  get variables(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo
    const proxy = `http://127.0.0.1:${port}`
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()])
    return {
      ...Object.fromEntries(names.map((name) => [name, proxy])),
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
