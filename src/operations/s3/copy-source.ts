import type { ObjectInfo } from '../../objects/objects.ts'
import { uriDecode } from '../../protocol/uri.ts'
import { accessibleBucket } from './bucket-access.ts'
import { checkConditions, preconditionFailed } from './conditions.ts'
import { invalidArgument } from './list-query.ts'
import { notImplemented } from './not-implemented.ts'
import type { ObjectAddress, S3Context } from './s3-context.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'
import { LARGEST_BODY } from './upload-headers.ts'

const HEADER = 'x-amz-copy-source'
const FORM = 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey'

/**
 * The object that a copy is made of, once it is known that the principal may read its bucket.
 * @throws AwsError InvalidArgument, AccessDenied, NoSuchBucket; NotImplemented for a version or an access point
 */
export async function copySource(context: S3Context, request: S3Request): Promise<ObjectAddress> {
  const source = parse(request.headers[HEADER] ?? '')
  await accessibleBucket(context, request, source.bucket, 'x-amz-source-expected-bucket-owner')
  return source
}

/**
 * Asked with the very version that is copied.
 * @param size bytes that are to be copied of it
 * @throws AwsError PreconditionFailed, InvalidRequest
 */
export function checkSource({ clock }: S3Context, request: S3Request, info: ObjectInfo, size = info.size): void {
  const outcome = checkConditions(request, info, clock.now(), `${HEADER}-`)
  if (outcome !== 'proceed') throw preconditionFailed(`${HEADER}-${outcome}`)
  if (size <= LARGEST_BODY) return
  const message = `The specified copy source is larger than the maximum allowable size for a copy source: ${LARGEST_BODY}`
  throw s3Error('InvalidRequest', {}, message)
}

function parse(header: string): ObjectAddress {
  const [path = '', version] = header.split('?')
  if (version !== undefined && version !== 'versionId=null') throw notImplemented('versions of a copy source', HEADER)
  const decoded = uriDecode(path).replace(/^\//, '')
  if (decoded.startsWith('arn:')) throw notImplemented('access points as a copy source', HEADER)
  const slash = decoded.indexOf('/')
  const [bucket, key] = [decoded.slice(0, Math.max(slash, 0)), decoded.slice(slash + 1)]
  if (bucket === '' || key === '') throw invalidArgument(HEADER, header.slice(0, 256), FORM)
  return { bucket, key }
}
