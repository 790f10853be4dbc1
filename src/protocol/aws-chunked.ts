import { createHash } from 'node:crypto'
import { ByteReader } from './byte-reader.ts'
import { ChunkSignatures, requireSameSignature, type ChunkSeed } from './chunk-signatures.ts'
import { AwsError } from './errors.ts'

/** The values of `x-amz-content-sha256` that announce an aws-chunked body (wire 5). */
export const CHUNKED_MODES = [
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
] as const

export type ChunkedMode = (typeof CHUNKED_MODES)[number]

export interface ChunkedOptions {
  readonly mode: ChunkedMode
  /** `x-amz-decoded-content-length` */
  readonly decodedLength: number
  /** Names announced by `x-amz-trailer`, in lower case. */
  readonly announced: readonly string[]
  /** Needed by the two signed modes. */
  readonly seed: ChunkSeed
  /** Called for each trailer, name in lower case, before the iteration ends. */
  readonly onTrailer?: (name: string, value: string) => void
}

/** `<hex size>;chunk-signature=<64 hex digits>` with room for extensions nobody sends. */
const LONGEST_CHUNK_HEADER = 256
const LONGEST_TRAILER = 1024
const MOST_TRAILERS = 16
const CHUNK_HEADER = /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i
const TRAILER_SIGNATURE = 'x-amz-trailer-signature'

/**
 * The data inside an aws-chunked body, piece by piece as it comes and in constant memory. A piece is yielded before its chunk's
 * signature has been seen: nothing may count before the iteration has ended without an error.
 * @throws AwsError `IncompleteBody`, `SignatureDoesNotMatch`, `MalformedTrailerError`, `InvalidRequest`
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Uint8Array>,
  options: ChunkedOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(source)
  try {
    yield* decodeChunks(reader, options)
  } finally {
    await reader.release()
  }
}

export function isChunkedMode(payload: string): payload is ChunkedMode {
  return CHUNKED_MODES.some((mode) => mode === payload)
}

async function* decodeChunks(reader: ByteReader, options: ChunkedOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const signatures = isSigned(options.mode) ? new ChunkSignatures(options.seed) : undefined
  let left = options.decodedLength
  for (;;) {
    const chunk = await readChunkHeader(reader, signatures !== undefined)
    if (chunk.size > left) throw incompleteBody()
    left -= chunk.size
    yield* readChunkData(reader, chunk, signatures)
    if (chunk.size === 0) break
    if ((await reader.line(0)) === undefined) throw await truncatedOr(reader, invalidChunk('chunk data has no end'))
  }
  if (left > 0) throw incompleteBody()
  await readTrailers(reader, options, signatures)
  if (!(await reader.ended())) throw malformedTrailer()
}

function isSigned(mode: ChunkedMode): boolean {
  return mode !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
}

interface ChunkHeader {
  readonly size: number
  /** Empty where chunks are not signed. */
  readonly signature: string
}

async function readChunkHeader(reader: ByteReader, signed: boolean): Promise<ChunkHeader> {
  const line = await reader.line(LONGEST_CHUNK_HEADER)
  if (line === undefined) throw await truncatedOr(reader, invalidChunk('chunk header is not a line'))
  const [, size, signature] = CHUNK_HEADER.exec(line) ?? []
  if (size === undefined) throw invalidChunk('chunk header has no size')
  if (signed && signature === undefined) throw invalidChunk('chunk has no signature')
  return { size: Number.parseInt(size, 16), signature: signature?.toLowerCase() ?? '' }
}

async function* readChunkData(
  reader: ByteReader,
  chunk: ChunkHeader,
  signatures: ChunkSignatures | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const sha256 = signatures && createHash('sha256')
  for (let left = chunk.size; left > 0;) {
    const piece = await reader.some(left)
    if (!piece) throw incompleteBody()
    left -= piece.length
    sha256?.update(piece)
    yield piece
  }
  if (signatures && sha256) requireSameSignature(signatures.next(sha256.digest('hex')), chunk.signature)
}

/** What follows the empty chunk: `name:value` lines (no blank line before them), then a blank one. */
async function readTrailers(
  reader: ByteReader,
  options: ChunkedOptions,
  signatures: ChunkSignatures | undefined,
): Promise<void> {
  const { announced, onTrailer } = options
  const seen = new Map<string, string>()
  for (let line = await trailerLine(reader); line !== ''; line = await trailerLine(reader)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    if (colon < 1 || seen.has(name) || seen.size === MOST_TRAILERS) throw malformedTrailer()
    seen.set(name, line.slice(colon + 1).trim())
  }
  const given = seen.get(TRAILER_SIGNATURE)
  seen.delete(TRAILER_SIGNATURE)
  if (seen.size !== announced.length || !announced.every((name) => seen.has(name))) throw malformedTrailer()
  if (signatures && options.mode === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER')
    requireSameSignature(signatures.trailer(trailerText(seen)), given ?? '')
  for (const [name, value] of seen) onTrailer?.(name, value)
}

async function trailerLine(reader: ByteReader): Promise<string> {
  const line = await reader.line(LONGEST_TRAILER)
  if (line === undefined) throw await truncatedOr(reader, malformedTrailer())
  return line
}

function trailerText(trailers: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of trailers) text += `${name}:${value}\n`
  return text
}

/** A line that could not be read was cut off if nothing follows it. */
async function truncatedOr(reader: ByteReader, error: AwsError): Promise<AwsError> {
  return (await reader.ended()) ? incompleteBody() : error
}

/** @returns S3's error for a body of another length than announced */
export function incompleteBody(): AwsError {
  return new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  )
}

function invalidChunk(what: string): AwsError {
  return new AwsError('InvalidRequest', `The aws-chunked body is not well-formed: ${what}.`)
}

function malformedTrailer(): AwsError {
  return new AwsError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  )
}
