import { s3Error } from './s3-errors.ts'

/**
 * The whole of a body that is a small document.
 * @throws AwsError MaxMessageLengthExceeded beyond `most` bytes, and what verifying the body throws
 */
export async function readSmallBody(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > most) throw s3Error('MaxMessageLengthExceeded', { MaxMessageLengthBytes: String(most) })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
