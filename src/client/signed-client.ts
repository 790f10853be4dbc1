import { hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Agent } from 'undici'
import { RealClock, systemWireClock } from '../clock/real-clock.ts'
import type { WireClock } from '../clock/clock.ts'
import { signRequest, type SigningCredentials } from '../protocol/sigv4-sign.ts'
import { systemIds, type Ids } from '../util/ids.ts'
import { ConnectionError, ServiceError, UnexpectedAnswerError } from './client-errors.ts'
import type { ClientResponse } from './client-response.ts'
import { readServiceError } from './read-service-error.ts'

export interface SignedClientOptions {
  /** `http://127.0.0.1:8484` */
  readonly endpoint: string
  readonly region: string
  readonly credentials: SigningCredentials
  readonly clock?: WireClock
  readonly ids?: Ids
  /** Waits between two attempts. @param milliseconds real ones @throws the signal's reason */
  readonly pause?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>
}

export interface ClientRequest {
  /** Of the signature's scope: `sagemaker`, `logs`, `s3`, `trainyard`. */
  readonly service: string
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Percent-encoded. */
  readonly path: string
  /** Percent-encoded, without the question mark. */
  readonly query?: string
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: RequestBody
  readonly signal?: AbortSignal | undefined
}

export type RequestBody =
  | { readonly kind: 'bytes'; readonly bytes: string | Uint8Array }
  /** Opened anew for each attempt; its hash is known beforehand, because it is signed. */
  | { readonly kind: 'stream'; readonly open: () => Readable; readonly length: number; readonly sha256: string }

export interface OwnCall {
  readonly method?: ClientRequest['method']
  readonly query?: string
  /** Sent as JSON. */
  readonly input?: object
  readonly signal?: AbortSignal | undefined
}

const TARGET_PREFIXES = { sagemaker: 'SageMaker', logs: 'Logs_20140328' } as const
/** Milliseconds before the second, third … attempt; a server that restarts is back within them. */
const RETRY_DELAYS = [50, 200, 800, 2000] as const
const CONNECTIONS = 8

/**
 * A lean client of the API on one port. Everything it sends may be sent twice: reads and writes of S3 by their nature, Stop as well, and Create because
 * the server knows its invocation id again (design, "Repeats"). So a connection that fails, and an answer of 500 or 503, is tried again a few times.
 */
export class SignedClient {
  readonly endpoint: string
  readonly #options: SignedClientOptions
  readonly #clock: WireClock
  readonly #ids: Ids
  readonly #pause: NonNullable<SignedClientOptions['pause']>
  readonly #host: string
  #agent: Promise<Agent> | undefined

  constructor(options: SignedClientOptions) {
    this.endpoint = options.endpoint
    this.#options = options
    this.#clock = options.clock ?? systemWireClock
    this.#ids = options.ids ?? systemIds()
    this.#pause = options.pause ?? realPause
    this.#host = new URL(options.endpoint).host
  }

  /** One call of a JSON 1.1 service. @throws ServiceError, ConnectionError */
  async call(
    service: keyof typeof TARGET_PREFIXES,
    operation: string,
    input: object,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<unknown> {
    const response = await this.send({
      service,
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${TARGET_PREFIXES[service]}.${operation}`,
      },
      body: { kind: 'bytes', bytes: JSON.stringify(input) },
      signal: options.signal,
    })
    return this.#json(response)
  }

  /** One of the server's own routes. @param path `/-/jobs/j`, encoded. @throws ServiceError, ConnectionError */
  async own(path: string, options: OwnCall = {}): Promise<unknown> {
    const { method = 'GET', query = '', input, signal } = options
    const body = input === undefined ? {} : { body: { kind: 'bytes', bytes: JSON.stringify(input) } as const }
    return this.#json(await this.send({ service: 'trainyard', method, path, query, ...body, signal }))
  }

  /** Sends a request, again where that can help; the body of the answer is the caller's to read. @throws ServiceError, ConnectionError */
  async send(request: ClientRequest): Promise<ClientResponse> {
    const invocation = this.#ids.requestId()
    for (const delay of RETRY_DELAYS) {
      try {
        return await this.#attempt(request, invocation)
      } catch (error) {
        if (!mayHelpToRepeat(error)) throw error
        await this.#pause(delay, request.signal)
      }
    }
    return this.#attempt(request, invocation)
  }

  async close(): Promise<void> {
    await (await this.#agent)?.destroy()
  }

  #connections(): Promise<Agent> {
    this.#agent ??= import('./http-agent.ts').then(({ openAgent }) =>
      openAgent({ connections: CONNECTIONS, keepAliveTimeout: 4000 }),
    )
    return this.#agent
  }

  async #attempt(request: ClientRequest, invocation: string): Promise<ClientResponse> {
    const { body, method, path, query = '', signal } = request
    const agent = await this.#connections()
    const response = await agent
      .request({
        origin: this.endpoint,
        method,
        path: query === '' ? path : `${path}?${query}`,
        headers: { ...this.#signed(request, invocation), ...lengthHeader(body) },
        body: body?.kind === 'stream' ? body.open() : (body?.bytes ?? null),
        ...(signal ? { signal } : {}),
      })
      .catch((error: unknown) => {
        signal?.throwIfAborted()
        throw new ConnectionError(this.endpoint, error)
      })
    const { statusCode: status, headers } = response
    if (status < 300) return { status, headers, body: response.body }
    throw await readServiceError({ status, headers, body: response.body })
  }

  #signed(request: ClientRequest, invocation: string): Record<string, string> {
    const { service, method, path, query = '', body } = request
    const headers = { ...request.headers, host: this.#host, 'amz-sdk-invocation-id': invocation }
    const { region, credentials } = this.#options
    return signRequest({ method, path, query, headers }, payloadHash(body), {
      service,
      region,
      credentials,
      now: this.#clock.now(),
    })
  }

  async #json(response: ClientResponse): Promise<unknown> {
    const text = await response.body.text().catch((error: unknown) => {
      throw new ConnectionError(this.endpoint, error)
    })
    try {
      return text === '' ? {} : JSON.parse(text)
    } catch (cause) {
      throw new UnexpectedAnswerError(`The server at ${this.endpoint} answered with something that is not JSON.`, {
        cause,
      })
    }
  }
}

function realPause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new RealClock().sleep(milliseconds, signal ? { signal } : {})
}

function mayHelpToRepeat(error: unknown): boolean {
  if (error instanceof ConnectionError) return true
  return error instanceof ServiceError && (error.status === 500 || error.status === 503)
}

function payloadHash(body: RequestBody | undefined): string {
  return body?.kind === 'stream' ? body.sha256 : hash('sha256', body?.bytes ?? '', 'hex')
}

/** undici counts bytes itself; of a stream it has to be told. */
function lengthHeader(body: RequestBody | undefined): Record<string, string> {
  return body?.kind === 'stream' ? { 'content-length': String(body.length) } : {}
}
