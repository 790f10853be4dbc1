import { ObjectStoreError, type CompleteOptions, type ObjectInfo } from '../objects.ts'
import { chooseParts, multipartChecksum, multipartEtag, type WantedPart } from './chosen-parts.ts'
import type { Embedded } from './embedded.ts'
import { joinParts } from './join-parts.ts'
import { onDisk } from './storage-errors.ts'
import type { PartRecord, UploadRecord } from './upload-rows.ts'
import type { UploadSlots } from './upload-slots.ts'
import { requireCondition } from './write-condition.ts'

/** What a completion asks for. */
interface Wish extends CompleteOptions {
  readonly wanted: readonly WantedPart[]
}

/**
 * Makes an upload an object: its own file if all parts lie there end to end, else a new file joined from theirs.
 * @returns undefined if somebody else completed or aborted it meanwhile
 * @throws ObjectStoreError InvalidPartOrder, InvalidPart, EntityTooSmall, SizeMismatch, BadDigest, PreconditionFailed, NoSuchKey,
 * StorageUnavailable; the upload is unchanged then
 */
export async function completeUpload(
  embedded: Embedded,
  slots: UploadSlots,
  upload: UploadRecord,
  wish: Wish,
): Promise<ObjectInfo | undefined> {
  const { index } = embedded
  const uploaded = index.uploads.parts(upload.id)
  const chosen = chooseParts(uploaded, wish.wanted)
  const info = finishedObject(embedded, upload, chosen)
  requireAsNamed(info, wish)
  // Asked again by the commit; here it saves the work for nothing.
  requireCondition(wish.condition, index.objects.find(upload.bucket, upload.key)?.info)
  const unseal = slots.seal(upload.id)
  try {
    const inPlace = !slots.isBeingWritten(upload.id) && liesEndToEnd(upload, uploaded, chosen)
    const blob = inPlace ? await cutToSize(embedded, upload, chosen) : await joinParts(embedded.blobs, chosen)
    return await publish(embedded, upload, { info, blob, uploaded, chosen, condition: wish.condition })
  } finally {
    unseal()
  }
}

function finishedObject({ clock }: Embedded, upload: UploadRecord, chosen: readonly PartRecord[]): ObjectInfo {
  return {
    bucket: upload.bucket,
    key: upload.key,
    size: totalSize(chosen),
    etag: multipartEtag(chosen),
    lastModified: clock.now(),
    metadata: upload.metadata,
    ...(upload.tags ? { tags: upload.tags } : {}),
    ...(upload.checksum ? { checksum: multipartChecksum(upload.checksum, chosen) } : {}),
  }
}

/** @throws ObjectStoreError SizeMismatch, BadDigest */
function requireAsNamed(info: ObjectInfo, { size, checksum }: CompleteOptions): void {
  if (size !== undefined && size !== info.size) {
    throw new ObjectStoreError('SizeMismatch', `The parts have ${info.size} bytes together, not ${size}.`)
  }
  const mine = info.checksum
  if (!checksum || (mine?.algorithm === checksum.algorithm && mine.value === checksum.value)) return
  throw new ObjectStoreError(
    'BadDigest',
    `The object's checksum is ${mine ? `${mine.algorithm} ${mine.value}` : 'none'}.`,
  )
}

/** True if the upload's file holds exactly these parts; a part there that is not wanted would be cut off, and a failed commit then lose it. */
function liesEndToEnd(upload: UploadRecord, uploaded: readonly PartRecord[], chosen: readonly PartRecord[]): boolean {
  const inFile = uploaded.filter((part) => part.blob === upload.blob)
  if (inFile.length !== chosen.length) return false
  let end = 0
  for (const part of chosen) {
    if (part.blob !== upload.blob || part.position !== end) return false
    end += part.size
  }
  return true
}

/** What an upload of a part that failed left behind the last byte goes. */
async function cutToSize(embedded: Embedded, upload: UploadRecord, parts: readonly PartRecord[]): Promise<string> {
  await onDisk(async () => {
    const handle = await embedded.blobs.openForWriting(upload.blob)
    try {
      await handle.truncate(totalSize(parts))
    } finally {
      await handle.close()
    }
    await embedded.blobs.sync(upload.blob)
  })
  return upload.blob
}

interface Completion {
  readonly info: ObjectInfo
  readonly blob: string
  readonly uploaded: readonly PartRecord[]
  readonly chosen: readonly PartRecord[]
  readonly condition: CompleteOptions['condition']
}

async function publish(
  { index, blobs, pins }: Embedded,
  upload: UploadRecord,
  { info, blob, uploaded, chosen, condition }: Completion,
): Promise<ObjectInfo | undefined> {
  const commit = () => {
    if (!index.uploads.find(upload.id)) return undefined
    requireCondition(condition, index.objects.find(upload.bucket, upload.key)?.info)
    index.uploads.delete(upload.id)
    const replaced = index.objects.put({ info, blob, upload: upload.id })
    index.objects.parts.insert(blob, chosen)
    return { replaced }
  }
  const done = await index.write(commit).catch((error: unknown) => {
    if (blob !== upload.blob) void blobs.remove(blob)
    throw error
  })
  if (!done) {
    if (blob !== upload.blob) void blobs.remove(blob)
    return undefined
  }
  blobs.release(blob)
  if (done.replaced !== undefined) pins.discard(upload.bucket, upload.key, done.replaced)
  const files = new Set([upload.blob, ...uploaded.map((part) => part.blob)])
  for (const file of files) if (file !== blob) void blobs.remove(file)
  return info
}

function totalSize(parts: readonly PartRecord[]): number {
  return parts.reduce((sum, part) => sum + part.size, 0)
}
