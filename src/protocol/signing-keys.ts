import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** What a signing key is good for: `date` is the scope's day, `20261123`. */
export interface SigningScope {
  readonly date: string
  readonly region: string
  readonly service: string
}

interface Entry {
  readonly secret: string
  readonly key: KeyObject
}

/** A day has few scopes in use; the bound holds whatever a client makes up. */
const CAPACITY = 512

/**
 * Signing keys as KeyObjects: importing a raw key on every HMAC triples the cost of a verification, deriving it tenfolds it (limits 2).
 * The entry used longest ago makes room.
 */
export class SigningKeys {
  readonly #entries = new Map<string, Entry>()
  readonly #capacity: number

  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity
  }

  get(accessKeyId: string, secret: string, scope: SigningScope): KeyObject {
    const name = `${accessKeyId}/${scope.date}/${scope.region}/${scope.service}`
    const found = this.#entries.get(name)
    const entry = found?.secret === secret ? found : { secret, key: deriveSigningKey(secret, scope) }
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    if (this.#entries.size > this.#capacity) this.#evict()
    return entry.key
  }

  get size(): number {
    return this.#entries.size
  }

  #evict(): void {
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }
}

export function deriveSigningKey(secret: string, scope: SigningScope): KeyObject {
  const parts = [scope.date, scope.region, scope.service, 'aws4_request']
  let key: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of parts) key = createHmac('sha256', key).update(part).digest()
  return createSecretKey(key)
}

/** The signature of `text` with a signing key, as raw bytes. */
export function sign(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
