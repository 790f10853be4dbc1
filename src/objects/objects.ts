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

/** One tag of an object; the order in which they were given is kept. */
export interface Tag {
  readonly key: string
  readonly value: string
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
  readonly tags?: readonly Tag[]
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

/** What must be true of the present object for a write to happen: the very commit that makes the write decides it. */
export type WriteCondition =
  /** There is no object of this key, else PreconditionFailed. */
  | { readonly kind: 'absent' }
  /** There is one with one of these ETags, else PreconditionFailed; NoSuchKey if there is none. `*` is any ETag. */
  | { readonly kind: 'etag'; readonly etags: readonly string[] }

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
  readonly tags?: readonly Tag[]
}

/** What a copy gets in place of what its source has. */
export interface CopyChoice {
  readonly metadata: ObjectMetadata
  readonly tags: readonly Tag[]
  /** The copy has its checksum, computed if the source has none of it over all bytes; without one it has that of the source. */
  readonly checksumAlgorithm?: ChecksumAlgorithm
}

export interface UploadAddress {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
}

/** A multipart upload that is neither complete nor aborted. */
export interface UploadInfo extends UploadAddress {
  readonly creationTime: number
  readonly checksum?: Omit<StoredChecksum, 'value'>
}

export interface ListUploadsQuery extends Omit<ListObjectsQuery, 'after'> {
  /** Key (or common prefix) behind which the page begins; with `uploadId`, behind that upload of the key. */
  readonly after?: { readonly key: string; readonly uploadId?: string }
}

export interface UploadPage {
  /** By key in UTF-8 binary order, then by id. */
  readonly uploads: readonly UploadInfo[]
  readonly commonPrefixes: readonly string[]
  readonly next?: NonNullable<ListUploadsQuery['after']>
}

export interface PartPage {
  readonly upload: UploadInfo
  /** By their numbers. */
  readonly parts: readonly (UploadedPart & { readonly lastModified: number })[]
  /** Set when there are more: pass it as `after`. */
  readonly next?: number
}

/** A part of an object that was uploaded in parts. */
export interface ObjectPart extends ByteRange {
  readonly partNumber: number
  /** Base64, of the algorithm of the object's checksum. */
  readonly checksum?: string
}

export interface ObjectPartPage {
  readonly info: ObjectInfo
  /** Of all parts; 0 for an object that was put as a whole. */
  readonly total: number
  readonly parts: readonly ObjectPart[]
  /** Set when there are more: pass it as `after`. */
  readonly next?: number
}

/** What a client says the finished object of an upload must be. */
export interface CompleteOptions {
  readonly condition?: WriteCondition
  /** Bytes. */
  readonly size?: number
  /** Of the whole object, as `StoredChecksum` has it. */
  readonly checksum?: Pick<StoredChecksum, 'algorithm' | 'value'>
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
  | 'BucketNotEmpty'
  | 'PreconditionFailed'
  /** A checksum that the client named is not that of the object. */
  | 'BadDigest'
  /** The finished object has not the size that the client named. */
  | 'SizeMismatch'
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

  /** An empty bucket only; uploads under way are aborted with it. */
  deleteBucket(name: string): Promise<void>

  put(
    bucket: string,
    key: string,
    body: AsyncIterable<Uint8Array>,
    options: PutOptions & { readonly condition?: WriteCondition },
  ): Promise<ObjectInfo>
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
  /**
   * Makes another object of the same bytes.
   * @param choose asked with the very version that is copied; what it throws is thrown, and nothing is copied
   */
  copy(
    source: { readonly bucket: string; readonly key: string },
    target: { readonly bucket: string; readonly key: string; readonly condition?: WriteCondition },
    choose: (info: ObjectInfo) => CopyChoice,
  ): Promise<ObjectInfo>
  /** The parts that an object was uploaded in, those with numbers above `after`. */
  objectParts(
    bucket: string,
    key: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<ObjectPartPage>
  /** Puts these tags in place of those the object has. */
  setTags(bucket: string, key: string, tags: readonly Tag[]): Promise<void>
  /** Deleting what is not there is no error, unless a condition wants it there. */
  delete(bucket: string, key: string, condition?: WriteCondition): Promise<void>
  list(query: ListObjectsQuery): Promise<ObjectPage>

  createUpload(bucket: string, key: string, options: PutOptions): Promise<{ readonly uploadId: string }>
  putPart(
    upload: UploadAddress & { readonly partNumber: number },
    body: AsyncIterable<Uint8Array>,
    /** `size`: bytes of the body if known; a store may then put the part where it will end up. */
    options: { readonly checksumAlgorithm?: ChecksumAlgorithm; readonly size?: number },
  ): Promise<UploadedPart>
  completeUpload(
    upload: UploadAddress,
    /** `checksumValue`: base64, of the upload's algorithm; if given it must be that of the part. */
    parts: readonly { readonly partNumber: number; readonly etag: string; readonly checksumValue?: string }[],
    options?: CompleteOptions,
  ): Promise<ObjectInfo>
  abortUpload(upload: UploadAddress): Promise<void>
  listUploads(query: ListUploadsQuery): Promise<UploadPage>
  /** The parts of an upload that have come, those with numbers above `after`. */
  listParts(upload: UploadAddress, page: { readonly after: number; readonly limit: number }): Promise<PartPage>

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
  /** Keeps the blobs of every object there is. @returns the function that lets go; calling it again does nothing */
  pinAll(): () => void
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
