import { createHmac, hash } from 'node:crypto'

/** What a signing key is good for: `date` is the scope's day, `20261123`. */
export interface SigningScope {
  readonly date: string
  readonly region: string
  readonly service: string
}

/** A key as HMAC uses it (RFC 2104): padded to a block of SHA-256, once for the inner hash and once for the outer. */
export interface SigningKey {
  readonly inner: Buffer
  readonly outer: Buffer
}

interface Entry {
  readonly secret: string
  readonly key: SigningKey
}

/** A day has few scopes in use; the bound holds whatever a client makes up. */
const CAPACITY = 512

/** Signing keys that are derived already: deriving one at every request makes a verification ten times as dear (limits 2). The entry used longest ago makes room. */
export class SigningKeys {
  readonly #entries = new Map<string, Entry>()
  readonly #capacity: number

  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity
  }

  get(accessKeyId: string, secret: string, scope: SigningScope): SigningKey {
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

export function deriveSigningKey(secret: string, scope: SigningScope): SigningKey {
  const parts = [scope.date, scope.region, scope.service, 'aws4_request']
  let key: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of parts) key = createHmac('sha256', key).update(part).digest()
  return { inner: padded(key, INNER_PAD), outer: padded(key, OUTER_PAD) }
}

const BLOCK_BYTES = 64
const INNER_PAD = 0x36
const OUTER_PAD = 0x5c

/** @param key no longer than a block */
function padded(key: Buffer, pad: number): Buffer {
  return Buffer.from(Array.from({ length: BLOCK_BYTES }, (_, at) => (key[at] ?? 0) ^ pad))
}

/**
 * The signature of `text` with a signing key, as raw bytes: HMAC-SHA256. Of two hashes, because Node's own HMAC makes a stream for each text: 4 of 50 µs that a
 * request costs.
 */
export function sign({ inner, outer }: SigningKey, text: string): Buffer {
  const digest = hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer')
  return hash('sha256', Buffer.concat([outer, digest]), 'buffer')
}
