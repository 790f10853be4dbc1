import { hash, timingSafeEqual } from 'node:crypto'
import { authError } from './signature-errors.ts'
import { EMPTY_SHA256, SIGV4_ALGORITHM } from './sigv4-canonical.ts'
import { sign, type SigningKey } from './signing-keys.ts'

/** Where the chain of chunk signatures begins: the signature of the request's head. */
export interface ChunkSeed {
  readonly key: SigningKey
  readonly timestamp: string
  readonly scope: string
  /** 64 hex digits. */
  readonly signature: string
}

/** The signatures of an aws-chunked body, each over the one before it (wire 6). */
export class ChunkSignatures {
  readonly #seed: ChunkSeed
  #previous: string

  constructor(seed: ChunkSeed) {
    this.#seed = seed
    this.#previous = seed.signature
  }

  /** The signature of the next chunk. @param sha256 of its data, hex */
  next(sha256: string): string {
    return this.#advance(`${SIGV4_ALGORITHM}-PAYLOAD`, `${EMPTY_SHA256}\n${sha256}`)
  }

  /** The signature of the trailer, the last one. @param lines `name:value\n` of each header */
  trailer(lines: string): string {
    return this.#advance('AWS4-HMAC-SHA256-TRAILER', hash('sha256', Buffer.from(lines, 'latin1'), 'hex'))
  }

  #advance(kind: string, digest: string): string {
    const { key, timestamp, scope } = this.#seed
    this.#previous = sign(key, `${kind}\n${timestamp}\n${scope}\n${this.#previous}\n${digest}`).toString('hex')
    return this.#previous
  }
}

/** @throws AwsError `SignatureDoesNotMatch` */
export function requireSameSignature(expected: string, given: string): void {
  const mine = Buffer.from(expected)
  const theirs = Buffer.from(given)
  if (mine.length !== theirs.length || !timingSafeEqual(mine, theirs)) throw authError('s3', 'wrong-signature')
}
