import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Pool } from 'undici'
import { signRequest, type SigningCredentials } from '../../src/protocol/sigv4-sign.ts'

/** As fast as one process can ask and answer. */
const IN_FLIGHT = 16

export interface CallRequest {
  /** Of the credential scope. */
  readonly service: string
  readonly method?: 'POST' | 'PUT'
  readonly path?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export interface CallAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly bytes: Buffer
  /** The same as text. */
  readonly body: string
}

/** Signed calls over kept connections, without an SDK: it would refuse to send what is wrong. */
export class SignedCalls implements AsyncDisposable {
  readonly #pool: Pool
  readonly #host: string
  readonly #credentials: SigningCredentials
  readonly #region: string

  private constructor(url: string, identity: SigningCredentials & { readonly region: string }) {
    this.#pool = new Pool(url, { connections: IN_FLIGHT })
    this.#host = new URL(url).host
    this.#credentials = identity
    this.#region = identity.region
  }

  /** With the owner's key of the data folder. */
  static async open(url: string, data: string): Promise<SignedCalls> {
    const text = await readFile(join(data, 'identity.json'), 'utf8')
    return new SignedCalls(url, JSON.parse(text) as SigningCredentials & { readonly region: string })
  }

  async send({ service, method = 'POST', path = '/', headers, body }: CallRequest): Promise<CallAnswer> {
    const own = { host: this.#host, ...headers }
    const signed = signRequest({ method, path, query: '', headers: own }, hash('sha256', body, 'hex'), {
      credentials: this.#credentials,
      service,
      region: this.#region,
      now: Date.now(),
    })
    const answer = await this.#pool.request({ method, path, headers: signed, body })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    return { status: answer.statusCode, headers: answer.headers, bytes, body: bytes.toString('utf8') }
  }

  /** Sends many, a bounded number at once. @param each sends one and looks at its answer */
  async all<Item>(items: Iterable<Item>, each: (item: Item) => Promise<void>): Promise<void> {
    const left = items[Symbol.iterator]()
    const runners = Array.from({ length: IN_FLIGHT }, async () => {
      for (let next = left.next(); !next.done; next = left.next()) await each(next.value)
    })
    await Promise.all(runners)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.close()
  }
}
