import type { ObjectInfo, ObjectMetadata, StoredChecksum } from '../../objects/objects.ts'
import { checksumHeader } from '../../protocol/checksum-headers.ts'
import { isHeaderText } from '../../protocol/header-text.ts'
import { invalidArgument } from './list-query.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'

const USER_METADATA = 'x-amz-meta-'
const MOST_USER_METADATA = 2048
/** What S3 takes an object without a Content-Type for. */
const UNKNOWN_TYPE = 'binary/octet-stream'

/** Header, member of the metadata, and the query parameter by which a reader may have another value. */
const SYSTEM_METADATA = [
  ['content-type', 'contentType'],
  ['content-encoding', 'contentEncoding'],
  ['content-disposition', 'contentDisposition'],
  ['content-language', 'contentLanguage'],
  ['cache-control', 'cacheControl'],
  ['expires', 'expires'],
] as const satisfies readonly (readonly [string, Exclude<keyof ObjectMetadata, 'user'>])[]

type Headers = Record<string, string>

/** What a PUT or CreateMultipartUpload says of its object. @throws AwsError MetadataTooLarge */
export function metadataOf({ headers }: S3Request): ObjectMetadata {
  const user = userMetadata(headers)
  const metadata: Headers = {}
  for (const [header, member] of SYSTEM_METADATA) {
    const value = headers[header]
    if (value !== undefined && value !== '') metadata[member] = value
  }
  return Object.keys(user).length === 0 ? metadata : { ...metadata, user }
}

/** The headers that a GET or HEAD of an object answers with, but for length and range. @throws AwsError InvalidArgument */
export function objectHeaders({ query }: S3Request, info: ObjectInfo): Headers {
  const headers: Headers = { ...versionHeaders(info), 'accept-ranges': 'bytes', 'content-type': UNKNOWN_TYPE }
  for (const [header, member] of SYSTEM_METADATA) {
    const value = override(query, header) ?? info.metadata[member]
    if (value !== undefined) headers[header] = value
  }
  if (info.tags) headers['x-amz-tagging-count'] = String(info.tags.length)
  for (const [name, value] of Object.entries(info.metadata.user ?? {})) headers[USER_METADATA + name] = value
  return headers
}

/** What tells one version of an object from another; a 304 has these only. */
export function versionHeaders({ etag, lastModified }: ObjectInfo): Headers {
  return { etag: `"${etag}"`, 'last-modified': new Date(lastModified).toUTCString() }
}

/** The checksum and what it is of. */
export function checksumHeaders(checksum: StoredChecksum | undefined): Headers {
  if (!checksum) return {}
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }
}

function userMetadata(headers: S3Request['headers']): Headers {
  const user: [string, string][] = []
  let size = 0
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !name.startsWith(USER_METADATA)) continue
    const short = name.slice(USER_METADATA.length)
    user.push([short, value])
    size += Buffer.byteLength(short) + Buffer.byteLength(value)
  }
  // Not by assignment: `__proto__` is a name like any other.
  if (size <= MOST_USER_METADATA) return Object.fromEntries(user)
  throw s3Error('MetadataTooLarge', { Size: String(size), MaxSizeAllowed: String(MOST_USER_METADATA) })
}

function override(query: S3Request['query'], header: string): string | undefined {
  const name = `response-${header}`
  const value = query.get(name)
  if (value === undefined || isHeaderText(value)) return value
  throw invalidArgument(name, value, 'Header value cannot be represented using ISO-8859-1.')
}
