import { uriDecode } from '../protocol/uri.ts'

/** Where an S3 request points to. */
export interface S3Address {
  /** Absent for the list of buckets. */
  readonly bucket?: string
  /** Decoded; absent for the bucket itself. */
  readonly key?: string
}

/** `bkt` for `bkt.localhost:8484` with base domain `localhost`; undefined for path style. */
export function virtualHostBucket(host: string | undefined, baseDomains: readonly string[]): string | undefined {
  const name = hostName(host)
  // The longest base first: with `s3.localhost` and `localhost` configured, `s3.localhost` is no bucket.
  const base = baseDomains
    .filter((domain) => name === domain || name.endsWith(`.${domain}`))
    .reduce((longest, domain) => (domain.length > longest.length ? domain : longest), '')
  if (base === '' || name === base) return undefined
  return name.slice(0, -base.length - 1)
}

/** @param path still encoded @throws AwsError `InvalidURI` */
export function s3Address(path: string, virtualBucket: string | undefined): S3Address {
  const decoded = uriDecode(path).slice(1)
  if (virtualBucket !== undefined)
    return decoded === '' ? { bucket: virtualBucket } : { bucket: virtualBucket, key: decoded }
  const slash = decoded.indexOf('/')
  const bucket = slash === -1 ? decoded : decoded.slice(0, slash)
  const key = slash === -1 ? '' : decoded.slice(slash + 1)
  if (bucket === '') return {}
  return key === '' ? { bucket } : { bucket, key }
}

/** The name in a `Host` header: without port, in lower case, an IPv6 address in its brackets. */
export function hostName(host: string | undefined): string {
  return (host ?? '').replace(/:\d*$/, '').toLowerCase()
}
