import type { CopyChoice, ObjectInfo } from '../../objects/objects.ts'
import { writeCondition } from './conditions.ts'
import { checkSource, copySource } from './copy-source.ts'
import { invalidArgument } from './list-query.ts'
import { metadataOf } from './object-headers.ts'
import type { ObjectAddress, ObjectOperation } from './s3-context.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'
import { headerTags } from './tags.ts'
import { requireChecksumAlgorithm } from './upload-headers.ts'
import { checksumMembers, xmlResponse } from './xml-response.ts'

/** Headers with one of which a copy onto itself is not in vain. */
const CHANGES = ['x-amz-storage-class', 'x-amz-server-side-encryption', 'x-amz-checksum-algorithm']
const IN_VAIN =
  "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."

/** CopyObject. No bytes are copied, so the copy has its source's ETag, also that of a multipart upload (S3 would compute another one). */
export const copyObject: ObjectOperation = async (context, request, target) => {
  const source = await copySource(context, request)
  const replaces = replacements(request)
  if (isInVain(request, source, target, replaces.metadata !== undefined)) throw s3Error('InvalidRequest', {}, IN_VAIN)
  const condition = writeCondition(request)
  const choose = (info: ObjectInfo): CopyChoice => {
    checkSource(context, request, info)
    return { metadata: info.metadata, tags: info.tags ?? [], ...replaces }
  }
  const info = await context.objects.copy(source, { ...target, ...(condition ? { condition } : {}) }, choose)
  return xmlResponse('CopyObjectResult', {
    ETag: `"${info.etag}"`,
    LastModified: new Date(info.lastModified),
    ...checksumMembers(info.checksum),
  })
}

/** What the directives and headers put in place of what the source has. @throws AwsError InvalidArgument and those of the headers */
function replacements(request: S3Request): Partial<CopyChoice> {
  const algorithm = request.headers['x-amz-checksum-algorithm']
  return {
    ...(isReplaced(request, 'metadata') ? { metadata: metadataOf(request) } : {}),
    ...(isReplaced(request, 'tagging') ? { tags: headerTags(request) ?? [] } : {}),
    ...(algorithm === undefined ? {} : { checksumAlgorithm: requireChecksumAlgorithm(algorithm) }),
  }
}

function isReplaced({ headers }: S3Request, what: 'metadata' | 'tagging'): boolean {
  const header = `x-amz-${what}-directive`
  const directive = headers[header] ?? 'COPY'
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw invalidArgument(header, directive.slice(0, 128), `Unknown ${what} directive.`)
  }
  return directive === 'REPLACE'
}

function isInVain({ headers }: S3Request, source: ObjectAddress, target: ObjectAddress, replaces: boolean): boolean {
  const isSame = source.bucket === target.bucket && source.key === target.key
  return isSame && !replaces && CHANGES.every((name) => headers[name] === undefined)
}
