import type { AwsError } from './errors.ts'

/** Response headers that CBOR clients insist on (wire 4). */
export const CBOR_HEADERS = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' } as const

/** An error body of RPC v2 CBOR: a map with `__type` and `message`, both text (RFC 8949). */
export function encodeCborError(error: AwsError): Buffer {
  const map = Buffer.from([0xa2])
  return Buffer.concat([map, text('__type'), text(error.code), text('message'), text(error.message)])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  const head = Buffer.alloc(5)
  head.writeUInt8(0x7a, 0)
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}
