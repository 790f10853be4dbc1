import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SignableRequest } from '../protocol/signable-request.ts'
import type { HttpLimits } from './limits.ts'
import { checkDeclaredLength, readArrived, readChunks, readWhole } from './read-body.ts'

/** A request whose head has come. */
export interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The client sends its body only after `100 Continue`. */
  readonly awaitsContinue: boolean
}

/** One request with its answer-to-be. */
export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly head: SignableRequest
  #awaitsContinue: boolean
  #abort: AbortController | undefined

  constructor({ request, response, awaitsContinue }: Arrival, requestId: string) {
    this.request = request
    this.response = response
    this.requestId = requestId
    this.#awaitsContinue = awaitsContinue
    this.head = readHead(request)
  }

  get isHead(): boolean {
    return this.head.method === 'HEAD'
  }

  /** The body was never asked for, so it may follow or not: no other request can be told apart on this connection. */
  get awaitsContinue(): boolean {
    return this.#awaitsContinue
  }

  /** Aborts when the client goes before it has its answer. Made only for those who ask. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.response.destroyed) this.abort()
    return this.#abort.signal
  }

  abort(): void {
    this.#abort?.abort()
  }

  /** The body of an S3 request, streaming. @throws ClientGoneError, AwsError `RequestTimeout` */
  chunks(limits: HttpLimits): AsyncIterable<Buffer> {
    return this.#streamed(limits.idleMilliseconds)
  }

  async *#streamed(idle: number): AsyncGenerator<Buffer, void, undefined> {
    this.#continue()
    yield* readChunks(this.request, idle)
  }

  /** The body of a JSON or Query request. @throws ClientGoneError, AwsError 413, 408 */
  whole(limits: HttpLimits): Buffer | Promise<Buffer> {
    checkDeclaredLength(this.head.headers['content-length'], limits.rpcBodyBytes)
    this.#continue()
    return (
      readArrived(this.request, limits.rpcBodyBytes) ??
      readWhole(this.request, limits.rpcBodyBytes, limits.rpcBodyMilliseconds)
    )
  }

  #continue(): void {
    if (!this.#awaitsContinue) return
    this.#awaitsContinue = false
    this.response.writeContinue()
  }
}

/** Node's own `headers` joins repeated headers by ', ' or drops them; a signature covers all of them, joined by ','. */
function readHead(request: IncomingMessage): SignableRequest {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const headers: Record<string, string | undefined> = Object.create(null) as Record<string, undefined>
  const raw = request.rawHeaders
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase()
    const before = headers[name]
    headers[name] = before === undefined ? raw[at + 1] : `${before},${raw[at + 1]}`
  }
  return {
    method: request.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers,
  }
}
