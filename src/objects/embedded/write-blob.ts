import type { ChecksumAlgorithm, StoredChecksum } from '../objects.ts'
import type { BlobFolder } from './blob-folder.ts'
import { pour, type Poured } from './pour.ts'
import { onDisk } from './storage-errors.ts'

/** Where a body goes: a file of its own, or a slot of a file that others write too. */
export interface Place {
  readonly blob: string
  readonly position: number
  readonly shared: boolean
}

/**
 * Streams a body to its place; file and directory entry are on the disk when it returns. The caller gives it a row and then releases it.
 * @throws what the body throws, unchanged, or StorageUnavailable; a file of its own is gone then
 */
export async function writeBlob(
  blobs: BlobFolder,
  place: Place,
  body: AsyncIterable<Uint8Array>,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Poured> {
  try {
    return await pourInto(blobs, place, body, algorithm)
  } catch (error) {
    if (!place.shared) await blobs.remove(place.blob)
    throw error
  }
}

async function pourInto(
  blobs: BlobFolder,
  { blob, position }: Place,
  body: AsyncIterable<Uint8Array>,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Poured> {
  const handle = await onDisk(() => blobs.openForWriting(blob))
  try {
    const poured = await pour(body, { handle, position }, algorithm)
    await onDisk(() => blobs.sync(blob, handle))
    return poured
  } finally {
    await handle.close()
  }
}

/** The checksum of a whole body as a member to spread; nothing if none was asked for. */
export function storedChecksum(
  algorithm: ChecksumAlgorithm | undefined,
  value: string | undefined,
): { readonly checksum?: StoredChecksum } {
  return algorithm && value !== undefined ? { checksum: { algorithm, value, type: 'FULL_OBJECT' } } : {}
}
