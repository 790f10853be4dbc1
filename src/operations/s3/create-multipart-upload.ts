import type { ChecksumAlgorithm, PutOptions } from '../../objects/objects.ts'
import { metadataOf } from './object-headers.ts'
import type { ObjectOperation } from './s3-context.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'
import { headerTags } from './tags.ts'
import { requireChecksumAlgorithm } from './upload-headers.ts'
import { xmlResponse } from './xml-response.ts'

const TYPE_ALONE = 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.'

/** CreateMultipartUpload. */
export const createMultipartUpload: ObjectOperation = async ({ objects }, request, { bucket, key }) => {
  const checksum = checksumOptions(request)
  const tags = headerTags(request)
  const options = { metadata: metadataOf(request), ...checksum, ...(tags ? { tags } : {}) }
  const { uploadId } = await objects.createUpload(bucket, key, options)
  const headers = checksum && {
    'x-amz-checksum-algorithm': checksum.checksumAlgorithm,
    'x-amz-checksum-type': checksum.checksumType,
  }
  return xmlResponse('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: uploadId }, headers)
}

type ChecksumOptions = Required<Pick<PutOptions, 'checksumAlgorithm' | 'checksumType'>>

/** @throws AwsError InvalidRequest for an algorithm that S3 has not, or a type that the algorithm cannot have */
function checksumOptions({ headers }: S3Request): ChecksumOptions | undefined {
  const name = headers['x-amz-checksum-algorithm']
  const type = headers['x-amz-checksum-type']?.toUpperCase()
  if (name === undefined) {
    if (type === undefined) return undefined
    throw s3Error('InvalidRequest', {}, TYPE_ALONE)
  }
  const algorithm = requireChecksumAlgorithm(name)
  const types = typesOf(algorithm)
  const chosen = type === undefined ? types[0] : types.find((known) => known === type)
  if (chosen) return { checksumAlgorithm: algorithm, checksumType: chosen }
  const message = `The ${type} checksum type cannot be used with the ${name.toLowerCase()} checksum algorithm.`
  throw s3Error('InvalidRequest', {}, message)
}

/** The types an algorithm can have, the one it has unless another is asked for first. */
function typesOf(
  algorithm: ChecksumAlgorithm,
): readonly [ChecksumOptions['checksumType'], ...ChecksumOptions['checksumType'][]] {
  if (algorithm === 'CRC64NVME') return ['FULL_OBJECT']
  return algorithm === 'CRC32' || algorithm === 'CRC32C' ? ['COMPOSITE', 'FULL_OBJECT'] : ['COMPOSITE']
}
