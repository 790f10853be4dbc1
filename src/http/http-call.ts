import type { Principal } from '../identity/principal.ts'
import type { Call } from '../operations/operation.ts'
import type { IdentifiedRequest } from '../protocol/sigv4-verify.ts'
import type { Exchange } from './exchange.ts'

/** The circumstances of a verified request. */
export class HttpCall implements Call {
  readonly principal: Principal
  readonly region: string
  readonly requestId: string
  readonly bodyHash: string
  // Declared only: a field would be there, undefined, in requests that have none.
  declare readonly invocationId?: string
  readonly #exchange: Exchange

  constructor(exchange: Exchange, identified: IdentifiedRequest, bodyHash: string) {
    this.principal = identified.credential.principal
    this.region = identified.region
    this.requestId = exchange.requestId
    this.bodyHash = bodyHash
    const invocationId = exchange.head.headers['amz-sdk-invocation-id']
    if (invocationId !== undefined) this.invocationId = invocationId
    this.#exchange = exchange
  }

  get signal(): AbortSignal {
    return this.#exchange.signal
  }
}
