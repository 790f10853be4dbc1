import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../../objects/objects.ts'
import { invalidArgument } from './list-query.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'

/** Bytes of one PutObject or UploadPart, and of the source of a copy. */
export const LARGEST_BODY = 5 * 2 ** 30
const LARGEST_PART_NUMBER = 10_000

const UNKNOWN_ALGORITHM =
  'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]'

/** @throws AwsError MissingContentLength, EntityTooLarge */
export function requireLength({ contentLength }: S3Request): number {
  if (contentLength === undefined) throw s3Error('MissingContentLength')
  if (contentLength <= LARGEST_BODY) return contentLength
  throw s3Error('EntityTooLarge', { ProposedSize: String(contentLength), MaxSizeAllowed: String(LARGEST_BODY) })
}

/** The algorithm whose value the client sends with the body, as a member to spread. */
export function announcedChecksum({ checksum }: S3Request): { readonly checksumAlgorithm?: ChecksumAlgorithm } {
  const algorithm = checksumAlgorithm(checksum?.algorithm)
  return algorithm ? { checksumAlgorithm: algorithm } : {}
}

export function checksumAlgorithm(name: string | undefined): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name?.toUpperCase())
}

/** @throws AwsError InvalidRequest for an algorithm that S3 has not */
export function requireChecksumAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = checksumAlgorithm(name)
  if (!algorithm) throw s3Error('InvalidRequest', {}, UNKNOWN_ALGORITHM)
  return algorithm
}

/** @throws AwsError InvalidArgument */
export function partNumberOf({ query }: S3Request): number {
  const text = query.get('partNumber') ?? ''
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= LARGEST_PART_NUMBER) return number
  throw invalidArgument('partNumber', text, 'Part number must be an integer between 1 and 10000, inclusive')
}
