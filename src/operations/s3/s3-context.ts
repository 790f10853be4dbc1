import type { BucketInfo, ObjectStore } from '../../objects/objects.ts'
import type { WireClock } from '../../clock/clock.ts'
import type { S3Request, S3Response } from './s3-request.ts'

/** What every S3 operation needs beside its request. */
export interface S3Context {
  readonly objects: ObjectStore
  readonly clock: WireClock
  /** The account that the data folder was made with, which owns the server. */
  readonly serverAccount: string
}

/** An operation on no bucket, or on one that need not exist yet. */
export type ServiceOperation = (context: S3Context, request: S3Request) => Promise<S3Response>

/** An operation on a bucket that exists and that the principal may use. */
export type BucketOperation = (context: S3Context, request: S3Request, bucket: BucketInfo) => Promise<S3Response>

/** An operation on a key of such a bucket. */
export type ObjectOperation = (context: S3Context, request: S3Request, address: ObjectAddress) => Promise<S3Response>

export interface ObjectAddress {
  readonly bucket: string
  /** 1 to 1024 bytes of UTF-8. */
  readonly key: string
}
