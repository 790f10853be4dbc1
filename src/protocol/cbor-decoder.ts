import { isUtf8 } from 'node:buffer'
import { serializationException } from './aws-json.ts'

/** No input of any operation is nested deeper; deeper is somebody trying. */
const DEEPEST = 64
/** In all: an item may cost one byte, and each becomes a value here. */
const MOST_ITEMS = 500_000
const BREAK = 0xff
const INDEFINITE = 31
const TAG_EPOCH = 1

/**
 * One data item of CBOR (RFC 8949), as far as RPC v2 uses it: numbers, text, lists, maps by text, times (tag 1) as epoch seconds, and null. `undefined`
 * counts as null. Whole numbers beyond 2^53 lose their last digits, as in JSON.
 * @throws AwsError `SerializationException` for anything else, and for what is not whole
 */
export function decodeCborItem(bytes: Buffer): unknown {
  const reader = new CborReader(bytes)
  const item = reader.item(0)
  reader.end()
  return item
}

interface Head {
  readonly major: number
  /** 31 means that the end is marked by a break. */
  readonly info: number
  readonly argument: number
}

class CborReader {
  readonly #bytes: Buffer
  #at = 0
  #items = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed('something follows the item')
  }

  item(depth: number): unknown {
    if (depth > DEEPEST) throw malformed('it is nested too deeply')
    if (++this.#items > MOST_ITEMS) throw malformed('it has too many items')
    const head = this.#head()
    switch (head.major) {
      case 0:
        return head.argument
      case 1:
        return -1 - head.argument
      case 2:
        return this.#string(head).toString('base64')
      case 3:
        return this.#text(head)
      case 4:
        return this.#list(head, depth)
      case 5:
        return this.#map(head, depth)
      case 6:
        return this.#tagged(head, depth)
      default:
        return this.#simple(head)
    }
  }

  #head(): Head {
    const initial = this.#take(1).readUInt8(0)
    const [major, info] = [initial >> 5, initial & 0x1f]
    if (major === 7 || info < 24) return { major, info, argument: info }
    if (info === INDEFINITE && major >= 2 && major <= 5) return { major, info, argument: 0 }
    return { major, info, argument: this.#argument(info) }
  }

  #argument(info: number): number {
    if (info === 24) return this.#take(1).readUInt8(0)
    if (info === 25) return this.#take(2).readUInt16BE(0)
    if (info === 26) return this.#take(4).readUInt32BE(0)
    if (info === 27) return Number(this.#take(8).readBigUInt64BE(0))
    throw malformed('a length is written in a reserved way')
  }

  #string(head: Head): Buffer {
    if (head.info !== INDEFINITE) return this.#take(head.argument)
    const chunks: Buffer[] = []
    while (!this.#isBreak()) {
      const chunk = this.#head()
      if (chunk.major !== head.major || chunk.info === INDEFINITE) throw malformed('a chunk of a string is no string')
      if (++this.#items > MOST_ITEMS) throw malformed('it has too many items')
      chunks.push(this.#take(chunk.argument))
    }
    return Buffer.concat(chunks)
  }

  #text(head: Head): string {
    const bytes = this.#string(head)
    if (!isUtf8(bytes)) throw malformed('a text is not UTF-8')
    return bytes.toString('utf8')
  }

  #list(head: Head, depth: number): unknown[] {
    const items: unknown[] = []
    for (let left = this.#count(head); left > 0 && !(left === Infinity && this.#isBreak()); left--)
      items.push(this.item(depth + 1))
    return items
  }

  #map(head: Head, depth: number): object {
    const entries = new Map<string, unknown>()
    for (let left = this.#count(head); left > 0 && !(left === Infinity && this.#isBreak()); left--) {
      const key = this.#head()
      if (key.major !== 3) throw malformed('the key of a map is no text')
      entries.set(this.#text(key), this.item(depth + 1))
    }
    return Object.fromEntries(entries)
  }

  #count({ info, argument }: Head): number {
    if (info === INDEFINITE) return Infinity
    // Every item has a byte at least: what promises more than there is is refused before it is believed.
    if (argument > this.#bytes.length - this.#at) throw malformed('it ends too early')
    return argument
  }

  #tagged({ argument }: Head, depth: number): number {
    const value = this.item(depth + 1)
    if (argument === TAG_EPOCH && typeof value === 'number') return value
    throw malformed(`tag ${argument} is not understood`)
  }

  #simple({ info }: Head): unknown {
    switch (info) {
      case 20:
        return false
      case 21:
        return true
      case 22:
      case 23:
        return null
      case 25:
        return halfFloat(this.#take(2).readUInt16BE(0))
      case 26:
        return this.#take(4).readFloatBE(0)
      case 27:
        return this.#take(8).readDoubleBE(0)
      default:
        throw malformed('it holds a simple value that means nothing')
    }
  }

  #isBreak(): boolean {
    if (this.#bytes[this.#at] !== BREAK) return false
    this.#at++
    return true
  }

  #take(length: number): Buffer {
    const start = this.#at
    if (length > this.#bytes.length - start) throw malformed('it ends too early')
    this.#at += length
    return this.#bytes.subarray(start, this.#at)
  }
}

/** Ten bits of fraction, five of exponent (RFC 8949, appendix D). */
function halfFloat(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

function malformed(what: string) {
  return serializationException(`The request body is not well-formed CBOR: ${what}.`)
}
