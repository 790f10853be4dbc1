import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ByteRange, ObjectInfo } from '../objects.ts'
import type { Embedded } from './embedded.ts'
import { isErrno, onDisk } from './storage-errors.ts'

/** Bytes a read from the disk asks for: large reads keep the number of turns of the event loop small. */
const HIGH_WATER = 512 * 1024

/**
 * Opens the object's present version. The open file keeps its bytes readable, whatever is written or deleted meanwhile; should the version be
 * replaced between the look-up and the opening, the next one is taken.
 */
export async function readBlob(
  { index, blobs }: Embedded,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  range: ((info: ObjectInfo) => ByteRange | undefined) | undefined,
): Promise<{ readonly info: ObjectInfo; readonly body: Readable }> {
  for (let earlier: string | undefined; ;) {
    const { info, blob } = index.objects.require(bucket, key)
    const bytes = range?.(info) ?? { first: 0, last: info.size - 1 }
    if (bytes.last < bytes.first) return { info, body: Readable.from([]) }
    try {
      return { info, body: await onDisk(async () => stream(await blobs.openForReading(blob), bytes)) }
    } catch (error) {
      if (!isErrno(error, 'ENOENT') || blob === earlier) throw error
      earlier = blob
    }
  }
}

function stream(handle: FileHandle, { first, last }: ByteRange): Readable {
  return handle.createReadStream({ start: first, end: last, highWaterMark: Math.min(HIGH_WATER, last - first + 1) })
}
