import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeAwsChunked, type ChunkedMode } from '../../src/protocol/aws-chunked.ts'
import type { ChunkSeed } from '../../src/protocol/chunk-signatures.ts'
import { AwsError } from '../../src/protocol/errors.ts'
import { canonicalRequest, stringToSign } from '../../src/protocol/sigv4-canonical.ts'
import { deriveSigningKey, sign } from '../../src/protocol/signing-keys.ts'
import { chunkedBody } from './chunked-body.ts'

const UNSIGNED = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
const SIGNED_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
const TIMESTAMP = '20130524T000000Z'
const SCOPE = '20130524/us-east-1/s3/aws4_request'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const KEY = deriveSigningKey(SECRET, { date: '20130524', region: 'us-east-1', service: 's3' })
const SEED: ChunkSeed = { key: KEY, timestamp: TIMESTAMP, scope: SCOPE, signature: '0'.repeat(64) }

test('verifies the signed chunks of the manual’s example, byte for byte', async () => {
  const signature = seedSignature(SIGNED, {})
  assert.match(signature, /^4f232c43.*80a0a9$/)
  const { bytes, signatures } = chunkedBody({ chunks: exampleChunks(), seed: { ...SEED, signature } })
  assert.match(signatures.join(' '), /^ad80c730\w*288648 0055627c\w*ef5497 b6c6ea8a\w*449df9$/)
  assert.equal(bytes.length, 66_824)
  const decoded = await decode([bytes], { mode: SIGNED, decodedLength: 66_560, seed: { ...SEED, signature } })
  assert.deepEqual(decoded.data, Buffer.alloc(66_560, 'a'))
})

test('verifies the signed trailer of the manual’s example', async () => {
  const signature = seedSignature(SIGNED_TRAILER, { 'x-amz-trailer': 'x-amz-checksum-crc32c' })
  assert.match(signature, /^106e2a8a.*bfeb8e$/)
  const seed = { ...SEED, signature }
  const trailers = ['x-amz-checksum-crc32c:sOO8/Q==']
  const { bytes, signatures } = chunkedBody({ chunks: exampleChunks(), trailers, seed, signTrailer: true })
  assert.match(signatures.join(' '), /^b474d886\w*f5aa2 1c1344b1\w*51e5c7 2ca2aba2\w*63f992 d81f82fc\w*fe2e435$/)
  const announced = ['x-amz-checksum-crc32c']
  const decoded = await decode([bytes], { mode: SIGNED_TRAILER, decodedLength: 66_560, seed, announced })
  assert.deepEqual(decoded.trailers, [['x-amz-checksum-crc32c', 'sOO8/Q==']])
})

test('reads the body that boto3 sends over https', async () => {
  const body = Buffer.from('c\r\nhello stream\r\n0\r\nx-amz-checksum-crc32:gtnkmQ==\r\n\r\n')
  const decoded = await decode([body], { decodedLength: 12, announced: ['x-amz-checksum-crc32'] })
  assert.equal(decoded.data.toString(), 'hello stream')
  assert.deepEqual(decoded.trailers, [['x-amz-checksum-crc32', 'gtnkmQ==']])
})

test('reads an empty object', async () => {
  const body = Buffer.from('0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')
  const decoded = await decode([body], { decodedLength: 0, announced: ['x-amz-checksum-crc32'] })
  assert.equal(decoded.data.length, 0)
})

test('gives back what was sent, however it was cut into chunks and packets', async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 })
  const mode = fc.constantFrom(UNSIGNED, SIGNED, SIGNED_TRAILER)
  await fc.assert(
    fc.asyncProperty(chunks, mode, fc.integer({ min: 1, max: 50 }), async (arrays, chunkedMode, packet) => {
      const buffers = arrays.map((array) => Buffer.from(array))
      const whole = Buffer.concat(buffers)
      const trailers = chunkedMode === SIGNED ? [] : ['x-amz-checksum-crc32:AAAAAA==']
      const signing = chunkedMode === UNSIGNED ? {} : { seed: SEED, signTrailer: chunkedMode === SIGNED_TRAILER }
      const { bytes } = chunkedBody({ chunks: buffers, trailers, ...signing })
      const announced = trailers.map((line) => line.slice(0, line.indexOf(':')))
      const decoded = await decode(packets(bytes, packet), {
        mode: chunkedMode,
        decodedLength: whole.length,
        announced,
      })
      assert.deepEqual(decoded.data, whole)
    }),
    { numRuns: 150 },
  )
})

test('never takes a signed body for whole when one byte of it was changed or the end is missing', async () => {
  const trailers = ['x-amz-checksum-crc32:AAAAAA==']
  const chunks = [Buffer.from('hello'), Buffer.from('signed world')]
  const { bytes } = chunkedBody({ chunks, trailers, seed: SEED, signTrailer: true })
  const options = { mode: SIGNED_TRAILER, decodedLength: 17, announced: ['x-amz-checksum-crc32'] } as const
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ flip, at)
      const outcome = await decode([changed], options).catch((error: unknown) => error)
      // The case of hex digits and of trailer names carries no meaning.
      if (!(outcome instanceof AwsError))
        assert.equal(changed.toString('latin1').toLowerCase(), bytes.toString('latin1').toLowerCase())
      await assert.rejects(decode([bytes.subarray(0, at)], options), AwsError)
    }),
    { numRuns: 200 },
  )
})

test('answers arbitrary bytes with an error of S3, never with another', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), async (source) => {
      const outcome = await decode(
        source.map((bytes) => Buffer.from(bytes)),
        { decodedLength: 10 },
      ).catch((e: unknown) => e)
      assert.ok(outcome instanceof AwsError)
    }),
    { numRuns: 200 },
  )
})

const refusals: readonly {
  readonly of: string
  readonly body: string
  readonly length?: number
  readonly mode?: ChunkedMode
  readonly code: string
}[] = [
  { of: 'fewer bytes than announced', body: '3\r\nabc\r\n0\r\n\r\n', length: 4, code: 'IncompleteBody' },
  { of: 'more bytes than announced', body: '3\r\nabc\r\n0\r\n\r\n', length: 2, code: 'IncompleteBody' },
  { of: 'a body cut within its data', body: '3\r\na', length: 3, code: 'IncompleteBody' },
  { of: 'a body cut behind its data', body: '3\r\nabc\r\n', length: 3, code: 'IncompleteBody' },
  { of: 'a body without its last line', body: '3\r\nabc\r\n0\r\n', length: 3, code: 'IncompleteBody' },
  { of: 'a size that is no number', body: 'x\r\nabc\r\n0\r\n\r\n', length: 3, code: 'InvalidRequest' },
  { of: 'a negative size', body: '-3\r\nabc\r\n0\r\n\r\n', length: 3, code: 'InvalidRequest' },
  { of: 'a size of many digits', body: `${'0'.repeat(13)}3\r\nabc\r\n0\r\n\r\n`, length: 3, code: 'InvalidRequest' },
  { of: 'a chunk header without end', body: 'a'.repeat(100_000), length: 3, code: 'InvalidRequest' },
  { of: 'a chunk header ended by a bare line feed', body: '3\nabc\r\n0\r\n\r\n', length: 3, code: 'InvalidRequest' },
  { of: 'a chunk longer than its size', body: '3\r\nabcd\r\n0\r\n\r\n', length: 3, code: 'InvalidRequest' },
  { of: 'a trailer that was not announced', body: '0\r\nx-a:1\r\n\r\n', length: 0, code: 'MalformedTrailerError' },
  { of: 'a trailer without a colon', body: '0\r\nabc\r\n\r\n', length: 0, code: 'MalformedTrailerError' },
  { of: 'a trailer line without end', body: `0\r\nx-a:${'1'.repeat(5000)}`, length: 0, code: 'MalformedTrailerError' },
  { of: 'bytes behind the end', body: '0\r\n\r\nmore', length: 0, code: 'MalformedTrailerError' },
  { of: 'an unsigned chunk', body: '3\r\nabc\r\n0\r\n\r\n', length: 3, mode: SIGNED, code: 'InvalidRequest' },
  {
    of: 'a chunk signed with something else',
    body: `3;chunk-signature=${'0'.repeat(64)}\r\nabc\r\n0\r\n\r\n`,
    length: 3,
    mode: SIGNED,
    code: 'SignatureDoesNotMatch',
  },
]

for (const { of, body, length = 0, mode = UNSIGNED, code } of refusals)
  test(`answers ${of} with ${code}`, async () => {
    await assert.rejects(decode([Buffer.from(body)], { decodedLength: length, mode }), { name: 'AwsError', code })
  })

test('misses an announced trailer', async () => {
  const body = Buffer.from('0\r\n\r\n')
  const announced = ['x-amz-checksum-crc32']
  await assert.rejects(decode([body], { decodedLength: 0, announced }), { code: 'MalformedTrailerError' })
})

test('holds no more than one packet of a chunk of any size', async () => {
  const size = 64 * 2 ** 20
  const packet = Buffer.alloc(64 * 1024)
  async function* source() {
    yield Buffer.from(`${size.toString(16)}\r\n`)
    for (let sent = 0; sent < size; sent += packet.length) yield packet
    yield Buffer.from('\r\n0\r\n\r\n')
  }
  let length = 0
  for await (const piece of decodeAwsChunked(source(), options({ decodedLength: size }))) {
    assert.ok(piece.length <= packet.length)
    length += piece.length
  }
  assert.equal(length, size)
})

test('lets go of its source when nobody reads on', async () => {
  let isReleased = false
  async function* source() {
    try {
      yield Buffer.from('3\r\nabc\r\n')
      yield Buffer.from('0\r\n\r\n')
    } finally {
      isReleased = true
    }
  }
  for await (const piece of decodeAwsChunked(source(), options({ decodedLength: 3 }))) {
    assert.equal(Buffer.from(piece).toString(), 'abc')
    break
  }
  assert.equal(isReleased, true)
})

interface Options {
  readonly mode?: ChunkedMode
  readonly decodedLength: number
  readonly announced?: readonly string[]
  readonly seed?: ChunkSeed
}

function options({ mode = UNSIGNED, decodedLength, announced = [], seed = SEED }: Options) {
  return { mode, decodedLength, announced, seed }
}

async function decode(
  source: Iterable<Buffer>,
  given: Options,
): Promise<{ data: Buffer; trailers: [string, string][] }> {
  const trailers: [string, string][] = []
  const pieces: Uint8Array[] = []
  const onTrailer = (name: string, value: string) => void trailers.push([name, value])
  for await (const piece of decodeAwsChunked(each(source), { ...options(given), onTrailer })) pieces.push(piece)
  return { data: Buffer.concat(pieces), trailers }
}

async function* each(source: Iterable<Buffer>) {
  yield* source
}

function* packets(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function exampleChunks(): readonly Buffer[] {
  return [Buffer.alloc(65_536, 'a'), Buffer.alloc(1024, 'a')]
}

/** The signature of the head of the manual's PUT. */
function seedSignature(mode: ChunkedMode, more: Readonly<Record<string, string>>): string {
  const headers = {
    host: 's3.amazonaws.com',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    ...more,
    ...(mode === SIGNED ? { 'content-length': '66824' } : {}),
  }
  const signing = { ...headers, 'x-amz-date': TIMESTAMP, 'x-amz-content-sha256': mode }
  const request = { method: 'PUT', path: '/examplebucket/chunkObject.txt', query: '', headers: signing }
  const signedHeaders = Object.keys(signing).sort()
  const canonical = canonicalRequest(request, { signedHeaders, s3: true, payloadHash: mode })
  return sign(KEY, stringToSign(TIMESTAMP, SCOPE, canonical)).toString('hex')
}
