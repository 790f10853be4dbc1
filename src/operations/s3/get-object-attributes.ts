import type { ObjectInfo, ObjectPartPage } from '../../objects/objects.ts'
import type { XmlMembers } from '../../protocol/xml-writer.ts'
import { invalidArgument, parseCount } from './list-query.ts'
import type { ObjectOperation } from './s3-context.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'
import { checksumMembers, xmlResponse } from './xml-response.ts'

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const
type Attribute = (typeof ATTRIBUTES)[number]

const HEADER = 'x-amz-object-attributes'
const MOST_PARTS = 1000
const LARGEST_MARKER = 2 ** 31 - 1

/** GetObjectAttributes: those that are asked for, of what the object has. Parts are told one by one only where they have checksums, as S3 does. */
export const getObjectAttributes: ObjectOperation = async ({ objects }, request, { bucket, key }) => {
  const { headers } = request
  const wanted = wantedAttributes(request)
  const limit = parseCount('x-amz-max-parts', headers['x-amz-max-parts'], MOST_PARTS)
  const after = parseCount('x-amz-part-number-marker', headers['x-amz-part-number-marker'] || '0', LARGEST_MARKER)
  const page = await objects.objectParts(bucket, key, { after, limit })
  const { info } = page
  const members: Record<Attribute, XmlMembers[string]> = {
    ETag: info.etag,
    Checksum: info.checksum && checksumMembers(info.checksum),
    ObjectParts: page.total === 0 ? undefined : partMembers(page, { after, limit }),
    StorageClass: 'STANDARD',
    ObjectSize: info.size,
  }
  const chosen = Object.fromEntries(ATTRIBUTES.filter((name) => wanted.has(name)).map((name) => [name, members[name]]))
  const modified = { 'last-modified': new Date(info.lastModified).toUTCString() }
  return xmlResponse('GetObjectAttributesResponse', chosen, modified)
}

/** @throws AwsError InvalidRequest, InvalidArgument */
function wantedAttributes({ headers }: S3Request): ReadonlySet<string> {
  const names = (headers[HEADER] ?? '').split(',').map((name) => name.trim())
  if (names.every((name) => name === '')) {
    throw s3Error('InvalidRequest', {}, `Missing required header for this request: ${HEADER}`)
  }
  const unknown = names.find((name) => !ATTRIBUTES.some((attribute) => attribute === name))
  if (unknown === undefined) return new Set(names)
  throw invalidArgument(HEADER, unknown.slice(0, 128), 'Invalid attribute name specified.')
}

function partMembers(
  page: ObjectPartPage,
  { after, limit }: { readonly after: number; readonly limit: number },
): XmlMembers {
  const { total, parts, info, next } = page
  const shown = parts.filter((part) => part.checksum !== undefined)
  const count = { PartsCount: total }
  if (shown.length === 0) return count
  return {
    ...count,
    PartNumberMarker: after,
    NextPartNumberMarker: next,
    MaxParts: limit,
    IsTruncated: next !== undefined,
    Part: shown.map((part) => ({
      PartNumber: part.partNumber,
      Size: part.last - part.first + 1,
      ...partChecksum(info, part.checksum),
    })),
  }
}

function partChecksum({ checksum }: ObjectInfo, value: string | undefined): XmlMembers {
  return checksum ? { [`Checksum${checksum.algorithm}`]: value } : {}
}
