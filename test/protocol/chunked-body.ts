import { createHash } from 'node:crypto'
import { ChunkSignatures, type ChunkSeed } from '../../src/protocol/chunk-signatures.ts'

/** An aws-chunked body as a client makes it, with every signature that is in it. */
export interface ChunkedBody {
  readonly bytes: Buffer
  /** Of the chunks, the empty one at the end included, then of the trailer if there is one. */
  readonly signatures: readonly string[]
}

export interface ChunkedParts {
  readonly chunks: readonly Buffer[]
  /** `name:value` lines. */
  readonly trailers?: readonly string[]
  /** Chunks are signed if it is there. */
  readonly seed?: ChunkSeed
  readonly signTrailer?: boolean
}

export function chunkedBody({ chunks, trailers = [], seed, signTrailer = false }: ChunkedParts): ChunkedBody {
  const chain = seed && new ChunkSignatures(seed)
  const signatures: string[] = []
  const pieces: Buffer[] = []
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    const signature = chain?.next(createHash('sha256').update(chunk).digest('hex'))
    if (signature) signatures.push(signature)
    const extension = signature === undefined ? '' : `;chunk-signature=${signature}`
    pieces.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk)
    if (chunk.length > 0) pieces.push(Buffer.from('\r\n'))
  }
  const lines = [...trailers]
  if (chain && signTrailer) {
    const signature = chain.trailer(trailers.map((line) => `${line}\n`).join(''))
    signatures.push(signature)
    lines.push(`x-amz-trailer-signature:${signature}`)
  }
  pieces.push(Buffer.from(`${lines.map((line) => `${line}\r\n`).join('')}\r\n`))
  return { bytes: Buffer.concat(pieces), signatures }
}
