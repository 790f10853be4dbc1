import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'

/** Query parameters by which S3 selects an operation or a version that is not built yet: the request must not pass for a plain one. */
export const SUBRESOURCES = new Set(
  `abac accelerate acl analytics annotation append attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle
  location logging metadataConfiguration metadataTable metrics notification object-lock ownershipControls partNumber policy policyStatus
  publicAccessBlock renameObject replication requestPayment restore retention select select-type session tagging torrent uploadId uploads
  versionId versioning versions website`.split(/\s+/),
)

/** Headers that change what a request means, in a way that is not built yet. */
export const HEADERS = [
  /^x-amz-(tagging|website-redirect-location|mfa|write-offset-bytes|mp-object-size|bucket-namespace|rename-source)$/,
  /^x-amz-(grant|copy-source|object-lock|if-match|object-attributes|bucket-object-lock)(-|$)/,
  /^x-amz-(metadata|tagging|object-annotation)-directive$/,
  /^x-amz-(bypass-governance-retention|source-expected-bucket-owner)$/,
  /^x-amz-server-side-encryption-customer-/,
  /^x-amz-checksum-(sha512|md5|xxhash64|xxhash3|xxhash128)$/,
]

/** Headers with values that are what this server does anyway; any other cannot be had. */
export const HONOURED: Readonly<Record<string, readonly string[]>> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-storage-class': ['STANDARD'],
  'x-amz-object-ownership': ['BucketOwnerEnforced'],
}

/** Conditions on a write: to leave them unheeded could destroy what they protect. */
const WRITE_CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']
/**
 * Refuses what the operation that was found for a request would pass over.
 * @param own query parameters that select this operation, and headers that it heeds
 * @throws AwsError NotImplemented, naming the parameter or header
 */
export function refuseNotImplemented(
  request: S3Request,
  own: { readonly query?: readonly string[]; readonly heeds?: RegExp },
): void {
  for (const name of request.query.keys()) {
    if (SUBRESOURCES.has(name) && !own.query?.includes(name)) throw notImplemented(`the query parameter ${name}`, name)
  }
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || own.heeds?.test(name)) continue
    if (changesMeaning(request, name, value)) throw notImplemented(`the header ${name}`, name)
  }
}

/** For a method that S3 knows on such a resource and this server does not. */
export function notImplemented(what: string, header?: string): Error {
  const details: Readonly<Record<string, string>> = header === undefined ? {} : { Header: header }
  return s3Error('NotImplemented', details, `Trainyard does not implement ${what} of S3 yet.`)
}

function changesMeaning(request: S3Request, name: string, value: string): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!isRead && WRITE_CONDITIONS.includes(name)) return true
  const honoured = HONOURED[name]
  return honoured ? !honoured.includes(value) : HEADERS.some((header) => header.test(name))
}
