import type { BucketOperation } from './s3-context.ts'

/** HeadBucket. */
export const headBucket: BucketOperation = async (_context, _request, { region }) => ({
  status: 200,
  headers: { 'x-amz-bucket-region': region, 'x-amz-access-point-alias': 'false', 'content-type': 'application/xml' },
})
