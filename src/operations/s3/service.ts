import { abortMultipartUpload } from './abort-multipart-upload.ts'
import { accessibleBucket, requireWriter } from './bucket-access.ts'
import { completeMultipartUpload } from './complete-multipart-upload.ts'
import { createBucket } from './create-bucket.ts'
import { createMultipartUpload } from './create-multipart-upload.ts'
import { deleteObject } from './delete-object.ts'
import { getObject } from './get-object.ts'
import { headBucket } from './head-bucket.ts'
import { headObject } from './head-object.ts'
import { listBuckets } from './list-buckets.ts'
import { listObjects } from './list-objects.ts'
import { listObjectsV2 } from './list-objects-v2.ts'
import { notImplemented, refuseNotImplemented } from './not-implemented.ts'
import { putObject } from './put-object.ts'
import type { BucketOperation, ObjectOperation, S3Context, ServiceOperation } from './s3-context.ts'
import { s3Error, toS3Error } from './s3-errors.ts'
import type { S3Request, S3Response, S3Service } from './s3-request.ts'
import { uploadPart } from './upload-part.ts'

const LONGEST_KEY = 1024

type Route = {
  readonly method: string
  /** Query parameters, of those that select an operation, that the request must have; all others of them it must not. */
  readonly query?: readonly string[]
  readonly writes?: boolean
} & (
  | { readonly on: 'service'; readonly run: ServiceOperation }
  | { readonly on: 'new-bucket'; readonly run: ServiceOperation }
  | { readonly on: 'bucket'; readonly run: BucketOperation }
  | { readonly on: 'object'; readonly run: ObjectOperation }
)

/** What there is; a more particular route comes before the plain one. */
const ROUTES: readonly Route[] = [
  { method: 'GET', on: 'service', run: listBuckets },
  { method: 'PUT', on: 'new-bucket', run: createBucket, writes: true },
  { method: 'HEAD', on: 'bucket', run: headBucket },
  { method: 'GET', on: 'bucket', query: ['list-type'], run: listObjectsV2 },
  { method: 'GET', on: 'bucket', run: listObjects },
  { method: 'GET', on: 'object', run: getObject },
  { method: 'HEAD', on: 'object', run: headObject },
  { method: 'PUT', on: 'object', query: ['partNumber', 'uploadId'], run: uploadPart, writes: true },
  { method: 'PUT', on: 'object', run: putObject, writes: true },
  { method: 'DELETE', on: 'object', query: ['uploadId'], run: abortMultipartUpload, writes: true },
  { method: 'DELETE', on: 'object', run: deleteObject, writes: true },
  { method: 'POST', on: 'object', query: ['uploads'], run: createMultipartUpload, writes: true },
  { method: 'POST', on: 'object', query: ['uploadId'], run: completeMultipartUpload, writes: true },
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
  refuseNotImplemented(request, route.query ?? [])
  if (route.writes) requireWriter(request.call.principal)
  const { bucket: name = '', key = '' } = request
  if (route.on === 'service' || route.on === 'new-bucket') return route.run(context, request)
  if (Buffer.byteLength(key) > LONGEST_KEY) throw keyTooLong(key)
  const bucket = await accessibleBucket(context, request, name)
  if (route.on === 'bucket') return route.run(context, request, bucket)
  return route.run(context, request, { bucket: name, key })
}

function findRoute(request: S3Request): Route {
  const { method, query } = request
  const resources = resourcesOf(request)
  const route = ROUTES.find(
    (candidate) =>
      candidate.method === method &&
      resources.includes(candidate.on) &&
      (candidate.query ?? []).every((name) => query.has(name)),
  )
  if (route) return route
  refuseNotImplemented(request, [])
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

function keyTooLong(key: string): Error {
  return s3Error('KeyTooLongError', { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(LONGEST_KEY) })
}

/** What S3 tells in an error document about the resource. */
function errorDetails({ bucket, key, query }: S3Request): Readonly<Record<string, string>> {
  const uploadId = query.get('uploadId')
  if (uploadId !== undefined) return { UploadId: uploadId }
  if (key !== undefined && key !== '') return { Key: key }
  return bucket === undefined ? {} : { BucketName: bucket }
}
