import { chmod, mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { systemDurableFiles, type DurableFiles } from '../../durable/durable-files.ts'
import type { Synchronous } from '../../sqlite/open-database.ts'
import type { Ids } from '../../util/ids.ts'
import {
  ObjectStoreError,
  type BucketInfo,
  type ByteRange,
  type CompleteOptions,
  type CopyChoice,
  type ListObjectsQuery,
  type ListUploadsQuery,
  type ObjectInfo,
  type ObjectPage,
  type ObjectPartPage,
  type ObjectStore,
  type PartPage,
  type PutOptions,
  type Tag,
  type UploadAddress,
  type UploadedPart,
  type UploadPage,
  type WriteCondition,
} from '../objects.ts'
import { BlobFolder, type Owner } from './blob-folder.ts'
import { BlobIndex } from './blob-index.ts'
import type { WantedPart } from './chosen-parts.ts'
import { copyObject } from './copy-object.ts'
import type { Embedded } from './embedded.ts'
import { listObjects } from './list-objects.ts'
import { LocalObjects } from './local-objects.ts'
import { MultipartUploads } from './multipart-uploads.ts'
import { Pins } from './pins.ts'
import { readBlob } from './read-blob.ts'
import { sweepOrphans } from './sweep-orphans.ts'
import { storedChecksum, writeBlob } from './write-blob.ts'
import { requireCondition } from './write-condition.ts'

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
  /** Of the index. */
  readonly synchronous?: Synchronous
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
  const index = new BlobIndex(folder, options.synchronous)
  return new EmbeddedObjects({ index, blobs, pins: new Pins(blobs, (blob) => index.names(blob)), clock, ids })
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

  async deleteBucket(name: string): Promise<void> {
    const { index, blobs } = this.#embedded
    const files = await index.write(() => {
      index.buckets.require(name)
      if (index.objects.any(name)) throw new ObjectStoreError('BucketNotEmpty', `There are objects in ${name}.`)
      const orphans = index.uploads.deleteOfBucket(name)
      index.buckets.delete(name)
      return orphans
    })
    for (const file of files) void blobs.remove(file)
  }

  async put(
    bucket: string,
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: PutOptions & { readonly condition?: WriteCondition },
  ): Promise<ObjectInfo> {
    const { index, blobs, clock } = this.#embedded
    const { account } = index.buckets.require(bucket)
    const { checksumAlgorithm: algorithm, metadata, tags, condition } = options
    // Asked again by the commit; here it saves reading a body for nothing.
    requireCondition(condition, index.objects.find(bucket, key)?.info)
    const blob = blobs.newName()
    const { size, md5, checksum } = await writeBlob(blobs, { blob, position: 0, shared: false }, body, algorithm)
    const sum = storedChecksum(algorithm, checksum)
    const version = { bucket, key, size, etag: md5, lastModified: clock.now(), metadata, ...sum }
    const info: ObjectInfo = { ...version, ...(tags && tags.length > 0 ? { tags } : {}) }
    await this.#publish(info, blob, { account, condition })
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

  copy(
    source: { readonly bucket: string; readonly key: string },
    target: { readonly bucket: string; readonly key: string; readonly condition?: WriteCondition },
    choose: (info: ObjectInfo) => CopyChoice,
  ): Promise<ObjectInfo> {
    return copyObject(this.#embedded, source, target, choose)
  }

  async objectParts(
    bucket: string,
    key: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<ObjectPartPage> {
    const { buckets, objects } = this.#embedded.index
    buckets.require(bucket)
    const { info, blob } = objects.require(bucket, key)
    const found = objects.parts.page(blob, after, limit + 1)
    const parts = found.slice(0, limit)
    const last = parts.at(-1)
    const next = found.length > limit && last ? { next: last.partNumber } : {}
    return { info, total: objects.parts.count(blob), parts, ...next }
  }

  async setTags(bucket: string, key: string, tags: readonly Tag[]): Promise<void> {
    const { index } = this.#embedded
    await index.write(() => {
      index.buckets.require(bucket)
      index.objects.setTags(bucket, key, tags)
    })
  }

  async delete(bucket: string, key: string, condition?: WriteCondition): Promise<void> {
    const { index, pins } = this.#embedded
    const blob = await index.write(() => {
      index.buckets.require(bucket)
      if (condition) requireCondition(condition, index.objects.find(bucket, key)?.info)
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

  completeUpload(
    upload: UploadAddress,
    parts: readonly WantedPart[],
    options: CompleteOptions = {},
  ): Promise<ObjectInfo> {
    return this.#uploads.complete(upload, parts, options)
  }

  abortUpload(upload: UploadAddress): Promise<void> {
    return this.#uploads.abort(upload)
  }

  async listUploads(query: ListUploadsQuery): Promise<UploadPage> {
    return this.#uploads.list(query)
  }

  async listParts(upload: UploadAddress, page: { readonly after: number; readonly limit: number }): Promise<PartPage> {
    return this.#uploads.parts(upload, page)
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await this.swept
    await this.#embedded.blobs.settled()
    this.#embedded.index.close()
  }

  /** The one commit that makes an object visible; the version it replaces goes after. */
  async #publish(
    info: ObjectInfo,
    blob: string,
    { account, condition }: { readonly account: string; readonly condition: WriteCondition | undefined },
  ): Promise<void> {
    const { index, blobs, pins } = this.#embedded
    try {
      const replaced = await index.write(() => {
        index.buckets.require(info.bucket, account)
        if (condition) requireCondition(condition, index.objects.find(info.bucket, info.key)?.info)
        return index.objects.put({ info, blob })
      })
      blobs.release(blob)
      if (replaced !== undefined) pins.discard(info.bucket, info.key, replaced)
    } catch (error) {
      await blobs.remove(blob)
      throw error
    }
  }
}
