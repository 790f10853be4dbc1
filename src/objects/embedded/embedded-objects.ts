import { chmod, mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { systemDurableFiles, type DurableFiles } from '../../durable/durable-files.ts'
import type { Ids } from '../../util/ids.ts'
import type {
  BucketInfo,
  ByteRange,
  ListObjectsQuery,
  ObjectInfo,
  ObjectPage,
  ObjectStore,
  PutOptions,
  UploadedPart,
} from '../objects.ts'
import { BlobFolder, type Owner } from './blob-folder.ts'
import { BlobIndex } from './blob-index.ts'
import type { WantedPart } from './chosen-parts.ts'
import type { Embedded } from './embedded.ts'
import { listObjects } from './list-objects.ts'
import { LocalObjects } from './local-objects.ts'
import { MultipartUploads, type UploadAddress } from './multipart-uploads.ts'
import { Pins } from './pins.ts'
import { readBlob } from './read-blob.ts'
import { sweepOrphans } from './sweep-orphans.ts'
import { storedChecksum, writeBlob } from './write-blob.ts'

export interface EmbeddedOptions {
  /** Absolute path of the store's own folder; made if missing. */
  readonly folder: string
  /** To whom blobs belong when the server runs as root: the user that jobs run as, who must be able to read them. */
  readonly owner?: Owner
  /** Of `lastModified` and creation times, epoch milliseconds. */
  readonly clock: { now(): number }
  readonly ids: Ids
  /** In place of the real disk. */
  readonly durable?: DurableFiles
}

/**
 * Opens the embedded object store: an index in SQLite over immutable blob files (design, embedded object store). One process at a time.
 * @throws NewerSchemaError if a newer version of the program wrote the index
 */
export async function openEmbeddedObjects(options: EmbeddedOptions): Promise<EmbeddedObjects> {
  const { folder, clock, ids, durable = systemDurableFiles } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const owner = process.getuid?.() === 0 ? options.owner : undefined
  const blobs = await BlobFolder.open({ root: path.join(folder, 'blobs'), owner, ids, durable })
  const index = new BlobIndex(folder)
  return new EmbeddedObjects({ index, blobs, pins: new Pins(blobs), clock, ids })
}

export class EmbeddedObjects implements ObjectStore {
  readonly local: LocalObjects
  /** Resolves when what earlier crashes left behind is gone. */
  readonly swept: Promise<void>
  readonly #embedded: Embedded
  readonly #uploads: MultipartUploads
  readonly #closing = new AbortController()

  constructor(embedded: Embedded) {
    this.#embedded = embedded
    this.#uploads = new MultipartUploads(embedded)
    this.local = new LocalObjects(embedded)
    // A sweep that fails does no harm: the next start sweeps again.
    this.swept = sweepOrphans(embedded.blobs, embedded.index, this.#closing.signal).catch(() => undefined)
  }

  async createBucket(bucket: {
    readonly name: string
    readonly account: string
    readonly region: string
  }): Promise<void> {
    const { index, clock } = this.#embedded
    const { name, account, region } = bucket
    await index.write(() => index.buckets.insert({ name, account, region, creationTime: clock.now() }))
  }

  async bucket(name: string): Promise<BucketInfo | undefined> {
    return this.#embedded.index.buckets.find(name)
  }

  async buckets(account: string): Promise<readonly BucketInfo[]> {
    return this.#embedded.index.buckets.ofAccount(account)
  }

  async put(bucket: string, key: string, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<ObjectInfo> {
    const { index, blobs, clock } = this.#embedded
    index.buckets.require(bucket)
    const { checksumAlgorithm: algorithm, metadata } = options
    const blob = blobs.newName()
    const { size, md5, checksum } = await writeBlob(blobs, { blob, position: 0, shared: false }, body, algorithm)
    const sum = storedChecksum(algorithm, checksum)
    const info = { bucket, key, size, etag: md5, lastModified: clock.now(), metadata, ...sum }
    await this.#publish(info, blob)
    return info
  }

  async head(bucket: string, key: string): Promise<ObjectInfo> {
    const { index } = this.#embedded
    index.buckets.require(bucket)
    return index.objects.require(bucket, key).info
  }

  async get(
    bucket: string,
    key: string,
    range?: (info: ObjectInfo) => ByteRange | undefined,
  ): Promise<{ readonly info: ObjectInfo; readonly body: Readable }> {
    this.#embedded.index.buckets.require(bucket)
    return readBlob(this.#embedded, { bucket, key }, range)
  }

  async delete(bucket: string, key: string): Promise<void> {
    const { index, pins } = this.#embedded
    const blob = await index.write(() => {
      index.buckets.require(bucket)
      return index.objects.delete(bucket, key)
    })
    if (blob !== undefined) pins.discard(bucket, key, blob)
  }

  async list(query: ListObjectsQuery): Promise<ObjectPage> {
    const { index } = this.#embedded
    index.buckets.require(query.bucket)
    return listObjects(index.objects, query)
  }

  createUpload(bucket: string, key: string, options: PutOptions): Promise<{ readonly uploadId: string }> {
    return this.#uploads.create(bucket, key, options)
  }

  putPart(
    upload: UploadAddress & { readonly partNumber: number },
    body: AsyncIterable<Uint8Array>,
    options: Parameters<ObjectStore['putPart']>[2],
  ): Promise<UploadedPart> {
    return this.#uploads.putPart(upload, body, options)
  }

  completeUpload(upload: UploadAddress, parts: readonly WantedPart[]): Promise<ObjectInfo> {
    return this.#uploads.complete(upload, parts)
  }

  abortUpload(upload: UploadAddress): Promise<void> {
    return this.#uploads.abort(upload)
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await this.swept
    await this.#embedded.blobs.settled()
    this.#embedded.index.close()
  }

  /** The one commit that makes an object visible; the version it replaces goes after. */
  async #publish(info: ObjectInfo, blob: string): Promise<void> {
    const { index, blobs, pins } = this.#embedded
    try {
      const replaced = await index.write(() => index.objects.put({ info, blob }))
      blobs.release(blob)
      if (replaced !== undefined) pins.discard(info.bucket, info.key, replaced)
    } catch (error) {
      await blobs.remove(blob)
      throw error
    }
  }
}
