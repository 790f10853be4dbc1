import type { ObjectInfo } from '../../objects/objects.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'

/**
 * The conditions of a GET or HEAD, in the order of RFC 9110 section 13.2.2: If-Match goes before If-Unmodified-Since, If-None-Match before
 * If-Modified-Since. Dates have whole seconds, and one in the future says nothing.
 * @returns 'not-modified' for an answer of 304
 * @throws AwsError PreconditionFailed
 */
export function checkConditions({ headers }: S3Request, info: ObjectInfo, now: number): 'proceed' | 'not-modified' {
  const modified = Math.floor(info.lastModified / 1000) * 1000
  const unmodifiedSince = httpDate(headers['if-unmodified-since'])
  const ifMatch = headers['if-match']
  if (ifMatch !== undefined) {
    if (!namesEtag(ifMatch, info.etag)) throw preconditionFailed('If-Match')
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since')
  }
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined) return namesEtag(ifNoneMatch, info.etag) ? 'not-modified' : 'proceed'
  const modifiedSince = httpDate(headers['if-modified-since'])
  const isUnchanged = modifiedSince !== undefined && modifiedSince <= now && modified <= modifiedSince
  return isUnchanged ? 'not-modified' : 'proceed'
}

/** Whether a list of ETags, quoted or not, or `*`, has this one. */
export function namesEtag(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const name = item
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1')
    return name === '*' || name === etag
  })
}

/** Epoch milliseconds; undefined for no date, which RFC 9110 says to pass over. */
export function httpDate(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

function preconditionFailed(condition: string): Error {
  return s3Error('PreconditionFailed', { Condition: condition })
}
