import { hash } from 'node:crypto'
import { Agent, request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { systemWireClock } from '../clock/real-clock.ts'
import { readServiceError } from '../client/read-service-error.ts'
import { signRequest, type SigningCredentials } from '../protocol/sigv4-sign.ts'

/**
 * Asks a server of this process for its own routes, over HTTP and signed as anybody would. The client of the commands would do; the library that it sends with takes longer to
 * load than most tests run.
 */
export class OwnRequests {
  readonly #endpoint: URL
  readonly #identity: { readonly region: string; readonly credentials: SigningCredentials }
  readonly #agent = new Agent({ keepAlive: true })

  constructor(endpoint: string, identity: { readonly region: string; readonly credentials: SigningCredentials }) {
    this.#endpoint = new URL(endpoint)
    this.#identity = identity
  }

  /** @param path encoded @param input sent as JSON @returns the answer's JSON @throws ServiceError */
  async ask(method: 'GET' | 'PUT' | 'POST', path: string, input?: object): Promise<unknown> {
    const { host, hostname, port } = this.#endpoint
    const body = input === undefined ? '' : JSON.stringify(input)
    const signing = { service: 'trainyard', ...this.#identity, now: systemWireClock.now() }
    const headers = signRequest({ method, path, query: '', headers: { host } }, hash('sha256', body), signing)
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const asked = request({ agent: this.#agent, hostname, port, method, path, headers }, resolve)
    asked.once('error', reject)
    asked.end(body)
    const answer = await promise
    const { statusCode: status = 0 } = answer
    if (status < 300) return JSON.parse(await text(answer))
    throw await readServiceError({ status, headers: answer.headers, body: { text: () => text(answer) } })
  }

  close(): void {
    this.#agent.destroy()
  }
}
