import { randomBytes, randomUUID } from 'node:crypto'

/** Identity and randomness, passed in so that a run can be repeated exactly. */
export interface Ids {
  /** A job id: 128 bits, 32 hex digits, ordered by creation time. Never shown to AWS clients. */
  jobId(now: number): string
  /** A request id in the form of a UUID. */
  requestId(): string
  /** Unpredictable bytes. */
  bytes(count: number): Buffer
}

/** Ids from the operating system's generator, or from another one that is given. */
export function systemIds(given?: (count: number) => Buffer): Ids {
  const random = given ?? pooledRandomBytes()
  let last = 0
  return {
    jobId(now) {
      last = Math.max(last + 1, now * 16)
      return last.toString(16).padStart(14, '0') + random(9).toString('hex')
    },
    // Node's own keeps random bytes for many, and makes the text in a third of the time.
    requestId: given ? () => uuid(given(16)) : () => randomUUID(),
    bytes: random,
  }
}

const POOL_BYTES = 4096

/** One call to the system's generator costs 8 us whatever its size, more than verifying a signature: it is made for many ids at once. */
function pooledRandomBytes(): (count: number) => Buffer {
  let pool = randomBytes(0)
  return (count) => {
    if (count > POOL_BYTES / 4) return randomBytes(count)
    if (pool.length < count) pool = randomBytes(POOL_BYTES)
    const bytes = pool.subarray(0, count)
    pool = pool.subarray(count)
    return bytes
  }
}

function uuid(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
