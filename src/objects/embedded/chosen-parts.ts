import { createHash } from 'node:crypto'
import { createChecksum, crcPolynomial } from '../../util/checksum.ts'
import { combineCrcs } from '../../util/crc.ts'
import { ObjectStoreError, type StoredChecksum } from '../objects.ts'
import type { PartRecord, UploadRecord } from './upload-rows.ts'

/** Of every part but the last, bytes. */
const SMALLEST_PART = 5 * 2 ** 20

export interface WantedPart {
  readonly partNumber: number
  readonly etag: string
  /** Base64. */
  readonly checksumValue?: string
}

/**
 * The parts a completion names, in its order.
 * @throws ObjectStoreError InvalidPartOrder, InvalidPart, EntityTooSmall, in the order in which S3 looks
 */
export function chooseParts(uploaded: readonly PartRecord[], wanted: readonly WantedPart[]): readonly PartRecord[] {
  if (wanted.some((part, at) => part.partNumber <= (wanted[at - 1]?.partNumber ?? 0))) {
    throw new ObjectStoreError('InvalidPartOrder', 'The parts are not named in ascending order of their numbers.')
  }
  const byNumber = new Map(uploaded.map((part) => [part.partNumber, part]))
  const chosen = wanted.map((part) => match(byNumber.get(part.partNumber), part))
  const small = chosen.slice(0, -1).find((part) => part.size < SMALLEST_PART)
  if (small) throw tooSmall(small)
  return chosen
}

/** MD5 over the MD5s of the parts, and how many they are: S3's ETag of a multipart object. */
export function multipartEtag(parts: readonly { readonly etag: string }[]): string {
  const md5 = createHash('md5')
  for (const part of parts) md5.update(Buffer.from(part.etag, 'hex'))
  return `${md5.digest('hex')}-${parts.length}`
}

/** The checksum of the whole object, made from those of its parts. */
export function multipartChecksum(
  checksum: NonNullable<UploadRecord['checksum']>,
  parts: readonly PartRecord[],
): StoredChecksum {
  const { algorithm, type } = checksum
  const values = parts.map((part) => ({ value: Buffer.from(part.checksum ?? '', 'base64'), length: part.size }))
  const polynomial = type === 'FULL_OBJECT' ? crcPolynomial(algorithm) : undefined
  if (polynomial) return { algorithm, type, value: combineCrcs(polynomial, values).toString('base64') }
  const ofValues = createChecksum(algorithm)
  for (const { value } of values) ofValues.update(value)
  return { algorithm, type: 'COMPOSITE', value: `${ofValues.digest().toString('base64')}-${parts.length}` }
}

function match(part: PartRecord | undefined, wanted: WantedPart): PartRecord {
  const { checksumValue: claimed } = wanted
  const isOther = claimed !== undefined && part?.checksum !== undefined && part.checksum !== claimed
  if (part && part.etag === wanted.etag && !isOther) return part
  const found = part ? `has the ETag ${part.etag} and the checksum ${part.checksum ?? '-'}` : 'was never uploaded'
  throw new ObjectStoreError('InvalidPart', `Part ${wanted.partNumber} ${found}.`)
}

function tooSmall(part: PartRecord): ObjectStoreError {
  return new ObjectStoreError(
    'EntityTooSmall',
    `Part ${part.partNumber} has ${part.size} bytes; every part but the last needs at least ${SMALLEST_PART}.`,
  )
}
