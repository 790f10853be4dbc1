import type { Readable } from 'node:stream'
import type { Call } from '../operation.ts'

/** An S3 request after its signature has been verified and its address resolved (path style or virtual host). */
export interface S3Request {
  readonly method: string
  /** Absent for `GET /`. */
  readonly bucket?: string
  /** Decoded; absent for bucket operations. */
  readonly key?: string
  /** Decoded; a subresource such as `?uploads` is there with an empty value. `x-id` and presigned parameters are left out. */
  readonly query: ReadonlyMap<string, string>
  /** Names in lower case; `aws-chunked` already taken out of `content-encoding`. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /**
   * The decoded payload. Iterating it verifies, and throws an AwsError at the end if something is wrong: payload hash, chunk signatures, decoded length
   * (IncompleteBody), Content-MD5 and every `x-amz-checksum-*` sent as header or trailer (BadDigest).
   */
  readonly body: AsyncIterable<Uint8Array>
  /** Length of the decoded payload where the client says it. */
  readonly contentLength?: number
  /** The checksum the client sent or announced as a trailer; its value is known once `body` has been read. */
  readonly checksum?: { readonly algorithm: string; value(): string | undefined }
  readonly call: Call
}

export interface S3Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Left out for HEAD and for empty answers. */
  readonly body?: string | Readable
}

/** The S3 service: every request for it, whatever it asks for. @throws AwsError */
export type S3Service = (request: S3Request) => Promise<S3Response>
