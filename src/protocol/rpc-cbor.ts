import { serializationException } from './aws-json.ts'
import { decodeCborItem } from './cbor-decoder.ts'
import type { AwsError } from './errors.ts'

/** Response headers that CBOR clients insist on (wire 4). */
export const CBOR_HEADERS = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' } as const

/** The members of an RPC v2 CBOR request. An empty body is an empty input. @throws AwsError `SerializationException` */
export function decodeCbor(body: Buffer): object {
  if (body.length === 0) return {}
  const value = decodeCborItem(body)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw serializationException('The request body is not a CBOR map.')
}

/** The members of an answer. Dates become times (tag 1), members that are undefined are left out (RFC 8949). */
export function encodeCbor(output: object): Buffer {
  return Buffer.concat(item(output))
}

/** An error body: a map with `__type` and `message`, both text. @param type the error's name where it is another than its code */
export function encodeCborError(error: AwsError, type = error.code): Buffer {
  return encodeCbor({ __type: type, message: error.message })
}

const SIMPLE = { false: Buffer.from([0xf4]), true: Buffer.from([0xf5]), null: Buffer.from([0xf6]) } as const
const EPOCH_TAG = Buffer.from([0xc1])

function item(value: unknown): Buffer[] {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') return [number(value)]
  if (typeof value === 'boolean') return [value ? SIMPLE.true : SIMPLE.false]
  if (value instanceof Date) return [EPOCH_TAG, number(value.getTime() / 1000)]
  if (Array.isArray(value)) return [head(4, value.length), ...value.flatMap(item)]
  if (typeof value !== 'object' || value === null) return [SIMPLE.null]
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return [head(5, entries.length), ...entries.flatMap(([name, member]) => [...text(name), ...item(member)])]
}

function text(value: string): Buffer[] {
  const bytes = Buffer.from(value)
  return [head(3, bytes.length), bytes]
}

/** Whole numbers of 32 bits as such, all others as doubles. */
function number(value: number): Buffer {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 32 && !Object.is(value, -0))
    return value < 0 ? head(1, -1 - value) : head(0, value)
  const bytes = Buffer.alloc(9)
  bytes.writeUInt8(0xfb, 0)
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/** @param argument below 2^32 */
function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument])
  const bytes = Buffer.alloc(5)
  bytes.writeUInt8((major << 5) | 26, 0)
  bytes.writeUInt32BE(argument, 1)
  return bytes
}
