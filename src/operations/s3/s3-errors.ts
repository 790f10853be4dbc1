import { ObjectStoreError, type ObjectStoreErrorCode } from '../../objects/objects.ts'
import { AwsError } from '../../protocol/errors.ts'

/** Status and message of S3's error codes, in S3's words (its API reference, "Error responses"). */
const S3_ERRORS = {
  AccessDenied: [403, 'Access Denied'],
  BadDigest: [400, 'The Content-MD5 or checksum value that you specified did not match what the server received.'],
  BadRequest: [400, 'Bad Request'],
  BucketAlreadyExists: [
    409,
    'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
  ],
  BucketAlreadyOwnedByYou: [409, 'Your previous request to create the named bucket succeeded and you already own it.'],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed size'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
  IllegalLocationConstraintException: [
    400,
    'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.',
  ],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidLocationConstraint: [400, 'The specified location-constraint is not valid'],
  InvalidPart: [
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  ],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order. Parts must be ordered by part number.'],
  InvalidPartNumber: [416, 'The requested partnumber is not satisfiable'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidTag: [
    400,
    'The tag provided was not a valid tag. This error can occur if the tag did not pass input validation.',
  ],
  KeyTooLongError: [400, 'Your key is too long'],
  MaxMessageLengthExceeded: [400, 'Your request was too big.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchUpload: [
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ],
  NotImplemented: [501, 'A header or query you provided implies functionality that is not implemented.'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  SlowDown: [503, 'Please reduce your request rate.'],
  /** Ours is the text: a client that retries gets in once there is space again. */
  ServiceUnavailable: [
    503,
    'The disk that holds the objects is full or cannot be written. Free space on it, then try again.',
  ],
} as const satisfies Record<string, readonly [status: number, message: string]>

type S3ErrorCode = keyof typeof S3_ERRORS

const OF_STORE: Record<ObjectStoreErrorCode, S3ErrorCode> = {
  NoSuchBucket: 'NoSuchBucket',
  NoSuchKey: 'NoSuchKey',
  NoSuchUpload: 'NoSuchUpload',
  BucketNotEmpty: 'BucketNotEmpty',
  PreconditionFailed: 'PreconditionFailed',
  BadDigest: 'BadDigest',
  SizeMismatch: 'InvalidRequest',
  BucketAlreadyExists: 'BucketAlreadyExists',
  BucketAlreadyOwnedByYou: 'BucketAlreadyOwnedByYou',
  InvalidPart: 'InvalidPart',
  InvalidPartOrder: 'InvalidPartOrder',
  EntityTooSmall: 'EntityTooSmall',
  StorageUnavailable: 'ServiceUnavailable',
}

/**
 * @param details members of the error document beside code and message, `BucketName` for one
 * @param message where S3 has several for the code
 */
export function s3Error(code: S3ErrorCode, details: Readonly<Record<string, string>> = {}, message?: string): AwsError {
  const [status, text] = S3_ERRORS[code]
  return new AwsError(code, message ?? text, { status, details })
}

/** The one place where errors of the object store become S3's; anything else passes. */
export function toS3Error(error: unknown, details: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof ObjectStoreError)) return error
  const code = OF_STORE[error.code]
  const [status, message] = S3_ERRORS[code]
  return new AwsError(code, message, { status, details, cause: error })
}
