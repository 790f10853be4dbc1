import type { ByteRange, ObjectInfo } from '../../objects/objects.ts'
import { httpDate, namesEtag } from './conditions.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'

const RANGE = /^bytes=(\d*)-(\d*)$/

/**
 * The part of the object that a Range header asks for. A header that is no single range of bytes is passed over, as S3 does.
 * @returns undefined for the whole object
 * @throws AwsError InvalidRange for a range that begins behind the end
 */
export function byteRange({ headers }: S3Request, info: ObjectInfo): ByteRange | undefined {
  const { range } = headers
  const match = range === undefined ? null : RANGE.exec(range.trim())
  if (!range || !match || !isSameVersion(headers['if-range'], info)) return undefined
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return undefined
  const wanted =
    first === '' ? suffix(Number(last), info.size) : { first: Number(first), last: Number(last || Infinity) }
  if (first !== '' && wanted.last < wanted.first) return undefined
  if (wanted.first >= info.size) throw invalidRange(range, info.size)
  return { first: wanted.first, last: Math.min(wanted.last, info.size - 1) }
}

/** `bytes 0-99/1234` */
export function contentRange({ first, last }: ByteRange, { size }: ObjectInfo): string {
  return `bytes ${first}-${last}/${size}`
}

/** The last `length` bytes; none at all begins behind the end. */
function suffix(length: number, size: number): ByteRange {
  return { first: length === 0 ? size : Math.max(0, size - length), last: size - 1 }
}

function isSameVersion(ifRange: string | undefined, info: ObjectInfo): boolean {
  if (ifRange === undefined) return true
  const date = ifRange.startsWith('"') ? undefined : httpDate(ifRange)
  return date === undefined ? namesEtag(ifRange, info.etag) : Math.floor(info.lastModified / 1000) * 1000 === date
}

function invalidRange(range: string, size: number): Error {
  return s3Error('InvalidRange', { RangeRequested: range, ActualObjectSize: String(size) })
}
