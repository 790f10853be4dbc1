import { uriEncode } from '../protocol/uri.ts'
import type { S3Location } from '../util/s3-uri.ts'

/** Path-style, each part of the key encoded as SigV4 wants it, the slashes left alone (wire 6). */
export function objectPath({ bucket, key }: S3Location): string {
  return `/${bucket}/${key.split('/').map(uriEncode).join('/')}`
}

export function s3UriOf({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`
}
