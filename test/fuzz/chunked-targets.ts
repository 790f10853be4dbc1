import assert from 'node:assert/strict'
import { CHUNKED_MODES, decodeAwsChunked, type ChunkedMode } from '../../src/protocol/aws-chunked.ts'
import type { ChunkSeed } from '../../src/protocol/chunk-signatures.ts'
import { deriveSigningKey } from '../../src/protocol/signing-keys.ts'
import { chunkedBody } from '../protocol/chunked-body.ts'
import { refusal } from './expected-errors.ts'
import type { FuzzTarget } from './targets.ts'

const DATE = '20130524'
const SEED: ChunkSeed = {
  key: deriveSigningKey('secret', { date: DATE, region: 'us-east-1', service: 's3' }),
  timestamp: `${DATE}T000000Z`,
  scope: `${DATE}/us-east-1/s3/aws4_request`,
  signature: '0'.repeat(64),
}
const DATA = [Buffer.from('hello '), Buffer.from('stream\r\n0\r\n'), Buffer.alloc(300, 'x')]
const WHOLE = Buffer.concat(DATA)
const TRAILER = 'x-amz-checksum-crc32'

/** The three forms of an aws-chunked body. */
export function chunkedTargets(): readonly FuzzTarget[] {
  return CHUNKED_MODES.map(chunkedTarget)
}

function chunkedTarget(mode: ChunkedMode): FuzzTarget {
  const isSigned = mode !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  const hasTrailer = mode !== 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  const parts = (chunks: readonly Buffer[]) => ({
    chunks,
    ...(isSigned ? { seed: SEED } : {}),
    ...(hasTrailer ? { trailers: [`${TRAILER}:gtnkmQ==`], signTrailer: isSigned } : {}),
  })
  const cuts = [DATA, [WHOLE], [WHOLE.subarray(0, 1), WHOLE.subarray(1)]]
  const options = { mode, decodedLength: WHOLE.length, announced: hasTrailer ? [TRAILER] : [], seed: SEED }
  return {
    name: `aws-chunked, ${mode}`,
    seeds: cuts.map((chunks) => chunkedBody(parts(chunks)).bytes),
    tokens: [
      '\r\n',
      '\n',
      '0\r\n',
      ';chunk-signature=',
      '0'.repeat(64),
      'ffffffffffff',
      `${TRAILER}:`,
      'x-amz-trailer-signature:',
      ':',
      ';',
    ],
    async decode(input) {
      const data = await decoded(input, options).catch(refusal)
      if (!data) return
      assert.equal(data.length, WHOLE.length)
      // No change of signed data may pass.
      if (isSigned) assert.deepEqual(data, WHOLE)
    },
  }
}

async function decoded(input: Buffer, options: Parameters<typeof decodeAwsChunked>[1]): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of decodeAwsChunked(packets(input), options)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Cut at places that depend on the input alone. */
async function* packets(input: Buffer): AsyncGenerator<Buffer> {
  const size = 1 + (input.length % 97) * 7
  for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size)
}
