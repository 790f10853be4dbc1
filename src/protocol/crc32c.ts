import type { Checksum } from './checksums.ts'

/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78
const SLICES = 8

/**
 * Slicing-by-8: table k, at `k * 256`, advances a byte by k more bytes, so that eight bytes cost eight look-ups and no loop over bits.
 * Made at the first use: most servers see CRC32 only.
 */
let tables: Uint32Array | undefined

/** CRC-32C in TypeScript: Node's zlib has CRC-32 only. */
export class Crc32c implements Checksum {
  #state = 0xffffffff
  readonly #tables = (tables ??= makeTables())

  update(chunk: Uint8Array): void {
    const t = this.#tables
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const end = chunk.length - (chunk.length % SLICES)
    let state = this.#state
    let at = 0
    for (; at < end; at += SLICES) {
      const low = state ^ view.getUint32(at, true)
      const high = view.getUint32(at + 4, true)
      state =
        read(t, 1792 + (low & 0xff)) ^
        read(t, 1536 + ((low >>> 8) & 0xff)) ^
        read(t, 1280 + ((low >>> 16) & 0xff)) ^
        read(t, 1024 + (low >>> 24)) ^
        read(t, 768 + (high & 0xff)) ^
        read(t, 512 + ((high >>> 8) & 0xff)) ^
        read(t, 256 + ((high >>> 16) & 0xff)) ^
        read(t, high >>> 24)
    }
    for (; at < chunk.length; at++) state = read(t, (state ^ view.getUint8(at)) & 0xff) ^ (state >>> 8)
    this.#state = state
  }

  digest(): string {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(~this.#state >>> 0)
    return bytes.toString('base64')
  }
}

/** The index is in range by construction; the fall-back only satisfies the checker and is free once compiled. */
function read(table: Uint32Array, index: number): number {
  return table[index] ?? 0
}

function makeTables(): Uint32Array {
  const made = new Uint32Array(256 * SLICES)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
    made[byte] = value
  }
  for (let at = 256; at < made.length; at++) {
    const previous = read(made, at - 256)
    made[at] = (previous >>> 8) ^ read(made, previous & 0xff)
  }
  return made
}
