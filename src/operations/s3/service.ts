import { abortMultipartUpload } from './abort-multipart-upload.ts'
import { accessibleBucket, requireWriter } from './bucket-access.ts'
import { getBucketLocation, getBucketVersioning } from './bucket-facts.ts'
import { completeMultipartUpload } from './complete-multipart-upload.ts'
import { copyObject } from './copy-object.ts'
import { createBucket } from './create-bucket.ts'
import { createMultipartUpload } from './create-multipart-upload.ts'
import { deleteBucket } from './delete-bucket.ts'
import { deleteObject } from './delete-object.ts'
import { deleteObjects } from './delete-objects.ts'
import { getObjectAttributes } from './get-object-attributes.ts'
import { getObject } from './get-object.ts'
import { headBucket } from './head-bucket.ts'
import { headObject } from './head-object.ts'
import { requireKeyLength } from './key-length.ts'
import { listBuckets } from './list-buckets.ts'
import { listMultipartUploads } from './list-multipart-uploads.ts'
import { listObjects } from './list-objects.ts'
import { listObjectsV2 } from './list-objects-v2.ts'
import { listParts } from './list-parts.ts'
import { notImplemented, refuseNotImplemented } from './not-implemented.ts'
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts'
import { putObject } from './put-object.ts'
import type { BucketOperation, ObjectOperation, S3Context, ServiceOperation } from './s3-context.ts'
import { s3Error, toS3Error } from './s3-errors.ts'
import type { S3Request, S3Response, S3Service } from './s3-request.ts'
import { uploadPartCopy } from './upload-part-copy.ts'
import { uploadPart } from './upload-part.ts'

export type Route = {
  readonly method: string
  /** Query parameters, of those that select an operation, that the request must have; all others of them it must not. */
  readonly query?: readonly string[]
  /** A header that the request must have. */
  readonly header?: string
  /** Headers that this operation heeds and others would pass over. */
  readonly heeds?: RegExp
  readonly writes?: boolean
} & (
  | { readonly on: 'service'; readonly run: ServiceOperation }
  | { readonly on: 'new-bucket'; readonly run: ServiceOperation }
  | { readonly on: 'bucket'; readonly run: BucketOperation }
  | { readonly on: 'object'; readonly run: ObjectOperation }
)

const WRITE_CONDITION = 'if-match|if-none-match'
const COPY_SOURCE = 'x-amz-copy-source(-if-(none-)?match|-if-(un)?modified-since)?|x-amz-source-expected-bucket-owner'
const COPY_HEADERS = new RegExp(
  `^(${WRITE_CONDITION}|${COPY_SOURCE}|x-amz-tagging|x-amz-(metadata|tagging)-directive)$`,
)
const PART_COPY_HEADERS = new RegExp(`^(${COPY_SOURCE}|x-amz-copy-source-range)$`)
const PUT_HEADERS = new RegExp(`^(${WRITE_CONDITION}|x-amz-tagging)$`)
const COMPLETION_HEADERS = new RegExp(`^(${WRITE_CONDITION}|x-amz-mp-object-size)$`)
const PART = ['partNumber', 'uploadId']
const SOURCE = 'x-amz-copy-source'

/** What there is; a more particular route comes before the plain one. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', on: 'service', run: listBuckets },
  { method: 'PUT', on: 'new-bucket', run: createBucket, writes: true },
  { method: 'HEAD', on: 'bucket', run: headBucket },
  { method: 'DELETE', on: 'bucket', run: deleteBucket, writes: true },
  { method: 'POST', on: 'bucket', query: ['delete'], run: deleteObjects, writes: true },
  { method: 'GET', on: 'bucket', query: ['location'], run: getBucketLocation },
  { method: 'GET', on: 'bucket', query: ['versioning'], run: getBucketVersioning },
  { method: 'GET', on: 'bucket', query: ['uploads'], run: listMultipartUploads },
  { method: 'GET', on: 'bucket', query: ['list-type'], run: listObjectsV2 },
  { method: 'GET', on: 'bucket', run: listObjects },
  { method: 'GET', on: 'object', query: ['uploadId'], run: listParts },
  { method: 'GET', on: 'object', query: ['tagging'], run: getObjectTagging },
  { method: 'GET', on: 'object', query: ['attributes'], heeds: /^x-amz-object-attributes$/, run: getObjectAttributes },
  { method: 'GET', on: 'object', query: ['partNumber'], run: getObject },
  { method: 'GET', on: 'object', run: getObject },
  { method: 'HEAD', on: 'object', query: ['partNumber'], run: headObject },
  { method: 'HEAD', on: 'object', run: headObject },
  {
    method: 'PUT',
    on: 'object',
    query: PART,
    header: SOURCE,
    heeds: PART_COPY_HEADERS,
    run: uploadPartCopy,
    writes: true,
  },
  { method: 'PUT', on: 'object', query: PART, run: uploadPart, writes: true },
  { method: 'PUT', on: 'object', query: ['tagging'], run: putObjectTagging, writes: true },
  { method: 'PUT', on: 'object', header: SOURCE, heeds: COPY_HEADERS, run: copyObject, writes: true },
  { method: 'PUT', on: 'object', heeds: PUT_HEADERS, run: putObject, writes: true },
  { method: 'DELETE', on: 'object', query: ['uploadId'], run: abortMultipartUpload, writes: true },
  { method: 'DELETE', on: 'object', query: ['tagging'], run: deleteObjectTagging, writes: true },
  { method: 'DELETE', on: 'object', heeds: /^if-match$/, run: deleteObject, writes: true },
  {
    method: 'POST',
    on: 'object',
    query: ['uploads'],
    heeds: /^x-amz-tagging$/,
    run: createMultipartUpload,
    writes: true,
  },
  {
    method: 'POST',
    on: 'object',
    query: ['uploadId'],
    heeds: COMPLETION_HEADERS,
    run: completeMultipartUpload,
    writes: true,
  },
]

/** S3 on an object store: every request for it, whatever it asks for; what is not built yet answers NotImplemented. */
export function s3Service(context: S3Context): S3Service {
  return async (request) => {
    try {
      return await answer(context, request)
    } catch (error) {
      throw toS3Error(error, errorDetails(request))
    }
  }
}

async function answer(context: S3Context, request: S3Request): Promise<S3Response> {
  const route = findRoute(request)
  refuseNotImplemented(request, route)
  if (route.writes) requireWriter(request.call.principal)
  const { bucket: name = '', key = '' } = request
  if (route.on === 'service' || route.on === 'new-bucket') return route.run(context, request)
  requireKeyLength(key)
  const bucket = await accessibleBucket(context, request, name)
  if (route.on === 'bucket') return route.run(context, request, bucket)
  return route.run(context, request, { bucket: name, key })
}

function findRoute(request: S3Request): Route {
  const { method, query, headers } = request
  const resources = resourcesOf(request)
  const route = ROUTES.find(
    (candidate) =>
      candidate.method === method &&
      resources.includes(candidate.on) &&
      (candidate.header === undefined || headers[candidate.header] !== undefined) &&
      (candidate.query ?? []).every((name) => query.has(name)),
  )
  if (route) return route
  refuseNotImplemented(request, {})
  throw unknownMethod(method, resources[0])
}

function resourcesOf({ bucket, key }: S3Request): readonly [Route['on'], ...Route['on'][]] {
  if (bucket === undefined) return ['service']
  return key === undefined || key === '' ? ['bucket', 'new-bucket'] : ['object']
}

function unknownMethod(method: string, resource: Route['on']): Error {
  const isOfS3 = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'].includes(method) && resource !== 'service'
  if (isOfS3) return notImplemented(`${method} on ${resource === 'object' ? 'an object' : 'a bucket'}`)
  return s3Error('MethodNotAllowed', { Method: method, ResourceType: resource.toUpperCase() })
}

/** What S3 tells in an error document about the resource. */
function errorDetails({ bucket, key, query }: S3Request): Readonly<Record<string, string>> {
  const uploadId = query.get('uploadId')
  if (uploadId !== undefined) return { UploadId: uploadId }
  if (key !== undefined && key !== '') return { Key: key }
  return bucket === undefined ? {} : { BucketName: bucket }
}
