import type { FileHandle } from 'node:fs/promises'
import type { BlobFolder } from './blob-folder.ts'
import { onDisk } from './storage-errors.ts'
import type { PartRecord } from './upload-rows.ts'

const COPY_BYTES = 1 << 20

/**
 * Makes one file of parts that lie in several, or with gaps. Every step is on the thread pool and the memory is one buffer.
 * @returns its name, kept; the caller gives it a row
 */
export async function joinParts(blobs: BlobFolder, parts: readonly PartRecord[]): Promise<string> {
  const name = blobs.newName()
  try {
    await onDisk(async () => {
      await copyParts(blobs, parts, name)
      await blobs.sync(name)
    })
    return name
  } catch (error) {
    await blobs.remove(name)
    throw error
  }
}

async function copyParts(blobs: BlobFolder, parts: readonly PartRecord[], name: string): Promise<void> {
  await using target = disposable(await blobs.openForWriting(name))
  let position = 0
  for (const part of parts) {
    await using source = disposable(await blobs.openForReading(part.blob))
    await copyRange(source.handle, part, { handle: target.handle, position })
    position += part.size
  }
}

async function copyRange(
  source: FileHandle,
  range: { readonly position: number; readonly size: number },
  target: { readonly handle: FileHandle; readonly position: number },
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, range.size))
  for (let done = 0; done < range.size;) {
    const want = Math.min(buffer.length, range.size - done)
    const { bytesRead } = await source.read(buffer, 0, want, range.position + done)
    if (bytesRead === 0) throw new TruncatedBlobError(range.position + done)
    await writeAll(target.handle, buffer.subarray(0, bytesRead), target.position + done)
    done += bytesRead
  }
}

/** A blob is shorter than its row says: the disk lost bytes that it had promised to keep. */
class TruncatedBlobError extends Error {
  override readonly name = 'TruncatedBlobError'
  readonly code = 'EIO'

  constructor(position: number) {
    super(`a part ends at byte ${position}, before the size that was recorded for it`)
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

function disposable(handle: FileHandle): { readonly handle: FileHandle } & AsyncDisposable {
  return { handle, [Symbol.asyncDispose]: () => handle.close() }
}
