import {
  ObjectStoreError,
  type CompleteOptions,
  type ListUploadsQuery,
  type ObjectInfo,
  type PartPage,
  type PutOptions,
  type UploadAddress,
  type UploadedPart,
  type UploadPage,
} from '../objects.ts'
import { multipartEtag, type WantedPart } from './chosen-parts.ts'
import { completeUpload } from './complete-upload.ts'
import type { Embedded } from './embedded.ts'
import { listUploads, uploadInfo } from './list-uploads.ts'
import type { PartRecord, UploadRecord } from './upload-rows.ts'
import { UploadSlots } from './upload-slots.ts'
import { storedChecksum, writeBlob, type Place } from './write-blob.ts'

interface PartOptions {
  readonly checksumAlgorithm?: NonNullable<PutOptions['checksumAlgorithm']>
  readonly size?: number
}

/**
 * Multipart uploads. Parts of equal size, which is what clients send, are written straight to where they end up in one file, so that completing
 * copies nothing and takes the same time for any size; parts that do not fit in there have files of their own and are joined at the end.
 */
export class MultipartUploads {
  readonly #embedded: Embedded
  readonly #slots = new UploadSlots()

  constructor(embedded: Embedded) {
    this.#embedded = embedded
  }

  async create(bucket: string, key: string, options: PutOptions): Promise<{ readonly uploadId: string }> {
    const { index, clock, ids } = this.#embedded
    const { checksumAlgorithm: algorithm } = options
    const type = options.checksumType ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
    const upload: UploadRecord = {
      id: ids.bytes(24).toString('hex'),
      bucket,
      key,
      creationTime: clock.now(),
      metadata: options.metadata,
      blob: ids.bytes(16).toString('hex'),
      ...(options.tags ? { tags: options.tags } : {}),
      ...(algorithm ? { checksum: { algorithm, type } } : {}),
    }
    await index.write(() => {
      index.buckets.require(bucket)
      index.uploads.insert(upload)
    })
    return { uploadId: upload.id }
  }

  async putPart(
    address: UploadAddress & { readonly partNumber: number },
    body: AsyncIterable<Uint8Array>,
    options: PartOptions,
  ): Promise<UploadedPart> {
    const { partNumber } = address
    const upload = await this.#withSlot(address, options.size)
    const place = this.#place(upload, partNumber, options.size)
    try {
      const algorithm = upload.checksum?.algorithm ?? options.checksumAlgorithm
      const bounded = place.shared ? atMost(body, upload.slot ?? 0) : body
      const { size, md5, checksum } = await writeBlob(this.#embedded.blobs, place, bounded, algorithm)
      const sum = checksum === undefined ? {} : { checksum }
      const { blob, position } = place
      const lastModified = this.#embedded.clock.now()
      await this.#record(address, { partNumber, size, etag: md5, blob, position, lastModified, ...sum })
      return { partNumber, size, etag: md5, ...storedChecksum(algorithm, checksum) }
    } finally {
      if (place.shared) this.#slots.free(upload.id, partNumber)
    }
  }

  /** A repeated completion, as a client sends it when the first answer was lost, is answered as the first was. */
  async complete(address: UploadAddress, wanted: readonly WantedPart[], options: CompleteOptions): Promise<ObjectInfo> {
    const upload = this.#find(address)
    if (!upload) return this.#completed(address, wanted)
    try {
      const info = await completeUpload(this.#embedded, this.#slots, upload, { wanted, ...options })
      return info ?? this.#completed(address, wanted)
    } catch (error) {
      if (this.#find(address)) throw error
      return this.#completed(address, wanted)
    }
  }

  async abort(address: UploadAddress): Promise<void> {
    const { index, blobs } = this.#embedded
    const files = await index.write(() => {
      const upload = this.#require(address)
      const own = index.uploads.parts(upload.id).map((part) => part.blob)
      index.uploads.delete(upload.id)
      return new Set([upload.blob, ...own])
    })
    for (const file of files) void blobs.remove(file)
  }

  list(query: ListUploadsQuery): UploadPage {
    this.#embedded.index.buckets.require(query.bucket)
    return listUploads(this.#embedded.index.uploads, query)
  }

  parts(address: UploadAddress, { after, limit }: { readonly after: number; readonly limit: number }): PartPage {
    const upload = this.#require(address)
    const records = this.#embedded.index.uploads.partsAfter(upload.id, after, limit + 1)
    const parts = records.slice(0, limit).map((record) => uploadedPart(record, upload))
    const last = parts.at(-1)
    const next = records.length > limit && last ? { next: last.partNumber } : {}
    return { upload: uploadInfo(upload), parts, ...next }
  }

  #find({ bucket, key, uploadId }: UploadAddress): UploadRecord | undefined {
    const upload = this.#embedded.index.uploads.find(uploadId)
    return upload?.bucket === bucket && upload.key === key ? upload : undefined
  }

  #require(address: UploadAddress): UploadRecord {
    this.#embedded.index.buckets.require(address.bucket)
    const upload = this.#find(address)
    if (!upload) throw new ObjectStoreError('NoSuchUpload', `There is no upload ${address.uploadId} of this key.`)
    return upload
  }

  /** The first part that says its size sets that of the slots. */
  async #withSlot(address: UploadAddress, size: number | undefined): Promise<UploadRecord> {
    const upload = this.#require(address)
    if (upload.slot !== undefined || !size) return upload
    return this.#embedded.index.write(() => {
      this.#embedded.index.uploads.setSlot(upload.id, size)
      return this.#require(address)
    })
  }

  #place(upload: UploadRecord, partNumber: number, size: number | undefined): Place {
    const { index, blobs } = this.#embedded
    const taken = index.uploads.findPart(upload.id, partNumber)?.blob === upload.blob
    const shared = this.#slots.reserve(upload, { partNumber, size, taken })
    return shared ?? { blob: blobs.newName(), position: 0, shared: false }
  }

  async #record(address: UploadAddress, part: PartRecord): Promise<void> {
    const { index, blobs } = this.#embedded
    try {
      const replaced = await index.write(() => {
        const { id, blob } = this.#require(address)
        const before = index.uploads.findPart(id, part.partNumber)?.blob
        index.uploads.putPart(id, part)
        return before === blob ? undefined : before
      })
      blobs.release(part.blob)
      if (replaced !== undefined) void blobs.remove(replaced)
    } catch (error) {
      // The upload is gone: so is its file, unless it has become an object meanwhile or this part made it anew.
      if (!index.names(part.blob)) await blobs.remove(part.blob)
      throw error
    }
  }

  #completed(address: UploadAddress, wanted: readonly WantedPart[]): ObjectInfo {
    const { index } = this.#embedded
    index.buckets.require(address.bucket)
    const object = index.objects.find(address.bucket, address.key)
    if (object?.upload === address.uploadId && object.info.etag === multipartEtag(wanted)) return object.info
    throw new ObjectStoreError('NoSuchUpload', `There is no upload ${address.uploadId} of this key.`)
  }
}

function uploadedPart(record: PartRecord, { checksum }: UploadRecord): PartPage['parts'][number] {
  const { partNumber, etag, size, lastModified } = record
  return { partNumber, etag, size, lastModified, ...storedChecksum(checksum?.algorithm, record.checksum) }
}

/** More bytes than were announced would run into the slot of the next part. */
async function* atMost(body: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > most) throw new ObjectStoreError('InvalidPart', `The part is longer than the ${most} bytes announced.`)
    yield chunk
  }
}
