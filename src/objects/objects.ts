import type { Readable } from 'node:stream'
import type { ChecksumAlgorithm } from '../util/checksum.ts'

export { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../util/checksum.ts'

export interface BucketInfo {
  readonly name: string
  readonly account: string
  readonly region: string
  readonly creationTime: number
}

/** What is stored with an object besides its bytes. */
export interface ObjectMetadata {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly contentDisposition?: string
  readonly contentLanguage?: string
  readonly cacheControl?: string
  readonly expires?: string
  /** `x-amz-meta-*`, names in lower case without the prefix. */
  readonly user?: Readonly<Record<string, string>>
}

/** A checksum as S3 shows it: base64, `-N` at the end of a composite one. */
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

export interface ObjectInfo {
  readonly bucket: string
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Without quotes: the MD5 in hex, or `<md5 of md5s>-<parts>` for a multipart upload. */
  readonly etag: string
  readonly lastModified: number
  readonly metadata: ObjectMetadata
  readonly checksum?: StoredChecksum
}

/** Inclusive byte positions, already resolved against the object's size. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

export interface ListObjectsQuery {
  readonly bucket: string
  readonly prefix: string
  readonly delimiter?: string
  /** Key (or common prefix) after which the page begins. */
  readonly after?: string
  readonly limit: number
}

export interface ObjectPage {
  /** In UTF-8 binary order of their keys. */
  readonly objects: readonly ObjectInfo[]
  readonly commonPrefixes: readonly string[]
  /** Set when there are more: pass it as `after`. */
  readonly next?: string
}

export interface UploadedPart {
  readonly partNumber: number
  readonly etag: string
  readonly size: number
  readonly checksum?: StoredChecksum
}

export interface PutOptions {
  readonly metadata: ObjectMetadata
  /** Computed while the bytes stream in, and kept with the object. */
  readonly checksumAlgorithm?: ChecksumAlgorithm
  /** Of a multipart upload only; what S3 takes for the algorithm if left out: FULL_OBJECT for CRC64NVME, else COMPOSITE. */
  readonly checksumType?: StoredChecksum['type']
}

/** Thrown by every method below; the S3 operations translate the code to S3's own. */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError'
  readonly code: ObjectStoreErrorCode

  constructor(code: ObjectStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
export type ObjectStoreErrorCode =
  | 'NoSuchBucket'
  | 'NoSuchKey'
  | 'NoSuchUpload'
  | 'BucketAlreadyExists'
  | 'BucketAlreadyOwnedByYou'
  | 'InvalidPart'
  | 'InvalidPartOrder'
  | 'EntityTooSmall'
  /** The disk is full or cannot be written. */
  | 'StorageUnavailable'

/**
 * Buckets and objects. Bucket names are global to the server. An object becomes visible by one commit: whoever lists or reads sees all of it or
 * none. Bodies stream in constant memory; an async iterable that throws leaves nothing behind.
 */
export interface ObjectStore {
  createBucket(bucket: { readonly name: string; readonly account: string; readonly region: string }): Promise<void>
  bucket(name: string): Promise<BucketInfo | undefined>
  buckets(account: string): Promise<readonly BucketInfo[]>

  put(bucket: string, key: string, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<ObjectInfo>
  head(bucket: string, key: string): Promise<ObjectInfo>
  /**
   * The info and the bytes belong to the same version, whatever is written meanwhile. The body holds a file or connection open: read it to its
   * end or destroy it.
   * @param range asked with the very version that is read; what it throws is thrown, and nothing is opened
   */
  get(
    bucket: string,
    key: string,
    range?: (info: ObjectInfo) => ByteRange | undefined,
  ): Promise<{ readonly info: ObjectInfo; readonly body: Readable }>
  /** Deleting what is not there is no error. */
  delete(bucket: string, key: string): Promise<void>
  list(query: ListObjectsQuery): Promise<ObjectPage>

  createUpload(bucket: string, key: string, options: PutOptions): Promise<{ readonly uploadId: string }>
  putPart(
    upload: { readonly bucket: string; readonly key: string; readonly uploadId: string; readonly partNumber: number },
    body: AsyncIterable<Uint8Array>,
    /** `size`: bytes of the body if known; a store may then put the part where it will end up. */
    options: { readonly checksumAlgorithm?: ChecksumAlgorithm; readonly size?: number },
  ): Promise<UploadedPart>
  completeUpload(
    upload: { readonly bucket: string; readonly key: string; readonly uploadId: string },
    /** `checksumValue`: base64, of the upload's algorithm; if given it must be that of the part. */
    parts: readonly { readonly partNumber: number; readonly etag: string; readonly checksumValue?: string }[],
  ): Promise<ObjectInfo>
  abortUpload(upload: { readonly bucket: string; readonly key: string; readonly uploadId: string }): Promise<void>

  /** Present on a store whose objects are files of this machine: a way into a job's folder that copies no bytes through us. */
  readonly local?: LocalFiles

  close(): Promise<void>
}

export interface LocalFile {
  readonly key: string
  readonly size: number
  /** Absolute path of the immutable blob. Never written to, never handed to a job as a bare hard link. */
  readonly path: string
}

export interface LocalFiles {
  /** The objects whose key starts with `prefix`, in order; their blobs stay until `release`, even if the objects are deleted or overwritten meanwhile. */
  pin(bucket: string, prefix: string): Promise<{ readonly files: AsyncIterable<LocalFile>; release(): Promise<void> }>
  /**
   * Makes a finished file of the same file system an object by renaming it: no bytes are copied. `etag` is the MD5 in hex of the content, which the
   * caller computed while writing it. Afterwards the file at `path` is gone. Calling it again after a crash, with the file gone and the object there, is no error.
   */
  adopt(
    bucket: string,
    key: string,
    file: { readonly path: string; readonly size: number; readonly etag: string; readonly contentType?: string },
  ): Promise<ObjectInfo>
}
