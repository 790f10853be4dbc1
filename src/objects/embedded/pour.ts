import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { createChecksum } from '../../util/checksum.ts'
import type { ChecksumAlgorithm } from '../objects.ts'
import { storageError } from './storage-errors.ts'

/** Bytes gathered before one write: fewer, larger writes keep the loop free for hashing and sockets. */
const HIGH_WATER = 1 << 20
/** Small chunks must not pile up in one vector without end. */
const MOST_BUFFERS = 512

export interface Poured {
  /** Bytes. */
  readonly size: number
  /** Hex. */
  readonly md5: string
  /** Base64. */
  readonly checksum?: string
}

/**
 * Streams a body into a file from `position` on and computes its digests on the way: at most two high-water marks of memory, one being written
 * while the next is gathered. The bytes are not yet synced when it returns.
 * @throws what the body throws, unchanged; StorageUnavailable if the disk refuses
 */
export async function pour(
  body: AsyncIterable<Uint8Array>,
  file: { readonly handle: FileHandle; readonly position: number },
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Poured> {
  const md5 = createHash('md5')
  const checksum = algorithm ? createChecksum(algorithm) : undefined
  const writer = new FileWriter(file.handle, file.position)
  try {
    for await (const chunk of body) {
      md5.update(chunk)
      checksum?.update(chunk)
      await writer.add(chunk)
    }
    const size = await writer.finish()
    return { size, md5: md5.digest('hex'), ...(checksum ? { checksum: checksum.digest().toString('base64') } : {}) }
  } finally {
    await writer.idle()
  }
}

class FileWriter {
  readonly #handle: FileHandle
  readonly #start: number
  #position: number
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0
  #writing: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined

  constructor(handle: FileHandle, position: number) {
    this.#handle = handle
    this.#start = position
    this.#position = position
  }

  add(chunk: Uint8Array): Promise<void> | undefined {
    this.#gathered.push(chunk)
    this.#gatheredBytes += chunk.length
    const full = this.#gatheredBytes >= HIGH_WATER || this.#gathered.length >= MOST_BUFFERS
    return full ? this.#write() : undefined
  }

  /** @returns bytes written in all */
  async finish(): Promise<number> {
    if (this.#gatheredBytes > 0) await this.#write()
    await this.#writing
    this.#throwFailure()
    return this.#position - this.#start
  }

  /** Resolves when no write is under way, so that the file may be closed. */
  idle(): Promise<void> {
    return this.#writing
  }

  /** Waits for the write before, then starts this one and lets it run. */
  async #write(): Promise<void> {
    await this.#writing
    this.#throwFailure()
    const buffers = this.#gathered
    const position = this.#position
    this.#position += this.#gatheredBytes
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#writing = writeAll(this.#handle, buffers, position).catch((error: unknown) => {
      this.#failure = { error }
    })
  }

  #throwFailure(): void {
    if (this.#failure) throw storageError(this.#failure.error)
  }
}

/** A disk that fills up takes part of a write first and refuses the rest only when asked again. */
async function writeAll(handle: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void> {
  const { bytesWritten } = await handle.writev(buffers, position)
  const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
  if (bytesWritten === total) return
  const rest = Buffer.concat(buffers).subarray(bytesWritten)
  for (let done = 0; done < rest.length;) {
    done += (await handle.write(rest, done, rest.length - done, position + bytesWritten + done)).bytesWritten
  }
}
