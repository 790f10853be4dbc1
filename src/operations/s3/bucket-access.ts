import type { Principal } from '../../identity/principal.ts'
import type { BucketInfo } from '../../objects/objects.ts'
import type { S3Context } from './s3-context.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'

/**
 * The bucket of a request, once it is known that the principal may use it. A job learns nothing about buckets that are not its own, not even
 * whether they exist.
 * @param ownerHeader in which the client may say who must own the bucket
 * @throws AwsError AccessDenied, NoSuchBucket
 */
export async function accessibleBucket(
  context: S3Context,
  request: S3Request,
  name: string,
  ownerHeader = 'x-amz-expected-bucket-owner',
): Promise<BucketInfo> {
  const { principal } = request.call
  if (!isInScope(principal, name)) throw s3Error('AccessDenied')
  const bucket = await context.objects.bucket(name)
  if (!bucket) throw s3Error('NoSuchBucket', { BucketName: name })
  if (bucket.account !== principal.account) throw s3Error('AccessDenied')
  const expected = request.headers[ownerHeader]
  if (expected !== undefined && expected !== bucket.account) throw s3Error('AccessDenied')
  return bucket
}

/** @throws AwsError AccessDenied for a principal that may only read */
export function requireWriter({ kind }: Principal): void {
  if (kind === 'read-only') throw s3Error('AccessDenied')
}

export function isInScope({ scope }: Principal, bucket: string): boolean {
  return scope.kind === 'everything' || scope.buckets.includes(bucket)
}
