import type { ObjectInfo, WriteCondition } from '../../objects/objects.ts'
import { notImplemented } from './not-implemented.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'

/**
 * The conditions of a GET, a HEAD or the source of a copy, in the order of RFC 9110 section 13.2.2: If-Match goes before If-Unmodified-Since,
 * If-None-Match before If-Modified-Since. Dates have whole seconds, and one in the future says nothing.
 * @param prefix of the headers' names, in lower case
 * @returns the condition that says that the client has this version already: it asks for an answer of 304
 * @throws AwsError PreconditionFailed
 */
export function checkConditions(
  { headers }: S3Request,
  info: ObjectInfo,
  now: number,
  prefix = '',
): 'proceed' | 'If-None-Match' | 'If-Modified-Since' {
  const modified = Math.floor(info.lastModified / 1000) * 1000
  const unmodifiedSince = httpDate(headers[`${prefix}if-unmodified-since`])
  const ifMatch = headers[`${prefix}if-match`]
  if (ifMatch !== undefined) {
    if (!namesEtag(ifMatch, info.etag)) throw preconditionFailed(`${prefix}If-Match`)
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) {
    throw preconditionFailed(`${prefix}If-Unmodified-Since`)
  }
  const ifNoneMatch = headers[`${prefix}if-none-match`]
  if (ifNoneMatch !== undefined) return namesEtag(ifNoneMatch, info.etag) ? 'If-None-Match' : 'proceed'
  const modifiedSince = httpDate(headers[`${prefix}if-modified-since`])
  const isUnchanged = modifiedSince !== undefined && modifiedSince <= now && modified <= modifiedSince
  return isUnchanged ? 'If-Modified-Since' : 'proceed'
}

/**
 * The condition of a write or, by If-Match, of a deletion.
 * @throws AwsError NotImplemented for those that S3 has not either
 */
export function writeCondition({ headers }: S3Request): WriteCondition | undefined {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch === undefined) return ifMatch === undefined ? undefined : { kind: 'etag', etags: etagsOf(ifMatch) }
  if (ifMatch !== undefined) throw notImplemented('If-Match and If-None-Match in one request', 'If-None-Match')
  if (ifNoneMatch.trim() !== '*') throw notImplemented('If-None-Match of a write with anything but *', 'If-None-Match')
  return { kind: 'absent' }
}

/** Whether a list of ETags, quoted or not, or `*`, has this one. */
export function namesEtag(list: string, etag: string): boolean {
  return etagsOf(list).some((name) => name === '*' || name === etag)
}

/** The ETags of a list, without quotes. */
function etagsOf(list: string): readonly string[] {
  return list.split(',').map((item) =>
    item
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  )
}

/** Epoch milliseconds; undefined for no date, which RFC 9110 says to pass over. */
export function httpDate(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

export function preconditionFailed(condition: string): Error {
  return s3Error('PreconditionFailed', { Condition: condition })
}
