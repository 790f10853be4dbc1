import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** Each block becomes a gzip member of its own, so that blocks are compressed side by side on the thread pool (limits 4). */
const BLOCK_BYTES = 2 ** 20
const BLOCKS_AT_ONCE = 4

const compress = promisify(gzip)

export interface WrittenFile {
  readonly size: number
  /** Hex. */
  readonly md5: string
}

/**
 * Compresses a stream into `file`, in constant memory. Members one after another are one gzip file.
 *
 * @returns size and MD5 of what was written
 */
export async function writeGzipMembers(source: AsyncIterable<Uint8Array>, file: FileHandle): Promise<WrittenFile> {
  const md5 = createHash('md5')
  let size = 0
  const pending: Promise<Buffer>[] = []
  const writeNext = async () => {
    const member = await pending.shift()
    if (!member) return
    md5.update(member)
    size += member.length
    await file.appendFile(member)
  }
  for await (const block of blocks(source)) {
    const member = compress(block)
    // It is awaited in its turn; a failure before that must not count as unhandled.
    member.catch(() => undefined)
    pending.push(member)
    if (pending.length >= BLOCKS_AT_ONCE) await writeNext()
  }
  while (pending.length > 0) await writeNext()
  return { size, md5: md5.digest('hex') }
}

async function* blocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of source) {
    parts.push(chunk)
    length += chunk.length
    if (length < BLOCK_BYTES) continue
    yield Buffer.concat(parts, length)
    parts = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(parts, length)
}
