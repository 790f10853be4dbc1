import { createHash } from 'node:crypto'

/** A body of these chunks, each a turn of its own. */
export async function* bodyOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

/** A body that breaks off, as one does whose connection is cut or whose digest is wrong. */
export async function* brokenBody(bytes: number, error: Error): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < bytes; done += 65_536) yield Buffer.alloc(Math.min(65_536, bytes - done), 'x')
  throw error
}

/** `size` bytes that differ from place to place and with the seed. */
export function pattern(size: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4))
  let state = seed >>> 0 || 1
  for (let at = 0; at < words.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    words[at] = state
  }
  return Buffer.from(words.buffer).subarray(0, size)
}

export async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}
