import type { Checksum } from './checksums.ts'

/** NVM Express's 64-bit polynomial, bits reversed: 0x9a6c9329ac4bc9b5 in two halves. */
const POLYNOMIAL_HIGH = 0x9a6c9329
const POLYNOMIAL_LOW = 0xac4bc9b5
const SLICES = 8

interface Tables {
  readonly high: Uint32Array
  readonly low: Uint32Array
}

/** Slicing-by-8 as in crc32c.ts, each entry in two halves: arithmetic on BigInt is some fifty times slower. */
let tables: Tables | undefined

/** CRC-64/NVME, S3's default for whole objects. */
export class Crc64Nvme implements Checksum {
  #high = 0xffffffff
  #low = 0xffffffff
  readonly #tables = (tables ??= makeTables())

  update(chunk: Uint8Array): void {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const end = chunk.length - (chunk.length % SLICES)
    this.#updateEights(view, end)
    for (let at = end; at < chunk.length; at++) this.#updateByte(view.getUint8(at))
  }

  digest(): string {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32BE(~this.#high >>> 0, 0)
    bytes.writeUInt32BE(~this.#low >>> 0, 4)
    return bytes.toString('base64')
  }

  #updateEights(view: DataView, end: number): void {
    const { high: h, low: l } = this.#tables
    let high = this.#high
    let low = this.#low
    for (let at = 0; at < end; at += SLICES) {
      const a = low ^ view.getUint32(at, true)
      const b = high ^ view.getUint32(at + 4, true)
      const i7 = 1792 + (a & 0xff)
      const i6 = 1536 + ((a >>> 8) & 0xff)
      const i5 = 1280 + ((a >>> 16) & 0xff)
      const i4 = 1024 + (a >>> 24)
      const i3 = 768 + (b & 0xff)
      const i2 = 512 + ((b >>> 8) & 0xff)
      const i1 = 256 + ((b >>> 16) & 0xff)
      const i0 = b >>> 24
      high =
        read(h, i7) ^ read(h, i6) ^ read(h, i5) ^ read(h, i4) ^ read(h, i3) ^ read(h, i2) ^ read(h, i1) ^ read(h, i0)
      low =
        read(l, i7) ^ read(l, i6) ^ read(l, i5) ^ read(l, i4) ^ read(l, i3) ^ read(l, i2) ^ read(l, i1) ^ read(l, i0)
    }
    this.#high = high
    this.#low = low
  }

  #updateByte(byte: number): void {
    const { high, low } = this.#tables
    const index = (this.#low ^ byte) & 0xff
    const shifted = (this.#low >>> 8) | (this.#high << 24)
    this.#low = shifted ^ read(low, index)
    this.#high = (this.#high >>> 8) ^ read(high, index)
  }
}

/** The index is in range by construction; the fall-back only satisfies the checker and is free once compiled. */
function read(table: Uint32Array, index: number): number {
  return table[index] ?? 0
}

function makeTables(): Tables {
  const high = new Uint32Array(256 * SLICES)
  const low = new Uint32Array(256 * SLICES)
  for (let byte = 0; byte < 256; byte++) {
    let upper = 0
    let lower = byte
    for (let bit = 0; bit < 8; bit++) {
      const carry = lower & 1
      lower = ((lower >>> 1) | (upper << 31)) ^ (carry ? POLYNOMIAL_LOW : 0)
      upper = (upper >>> 1) ^ (carry ? POLYNOMIAL_HIGH : 0)
    }
    high[byte] = upper
    low[byte] = lower
  }
  for (let at = 256; at < high.length; at++) {
    const upper = read(high, at - 256)
    const lower = read(low, at - 256)
    const index = lower & 0xff
    high[at] = (upper >>> 8) ^ read(high, index)
    low[at] = ((lower >>> 8) | (upper << 24)) ^ read(low, index)
  }
  return { high, low }
}
