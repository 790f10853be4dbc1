import type { BucketInfo, ObjectInfo, ObjectPage } from '../../objects/objects.ts'
import { uriEncode } from '../../protocol/uri.ts'
import type { XmlMembers } from '../../protocol/xml-writer.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'
import { owner } from './xml-response.ts'

const MOST_KEYS = 1000
const LARGEST_COUNT = 2 ** 31 - 1
/** First byte of a token, so that a later form can be told from this one. */
const TOKEN_VERSION = '1'

/** What listings ask for alike. */
export interface ListQuery {
  readonly prefix: string
  readonly delimiter: string | undefined
  readonly limit: number
  /** Keys and prefixes go out percent-encoded: XML cannot carry all of them. */
  readonly urlEncoded: boolean
}

/** @param countName the parameter that bounds a page @throws AwsError InvalidArgument */
export function parseListQuery(query: S3Request['query'], countName = 'max-keys'): ListQuery {
  const encoding = query.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') {
    throw invalidArgument('encoding-type', encoding, 'Invalid Encoding Method specified in Request')
  }
  const delimiter = query.get('delimiter')
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: delimiter === '' ? undefined : delimiter,
    limit: parseCount(countName, query.get(countName), MOST_KEYS),
    urlEncoded: encoding === 'url',
  }
}

/** @returns at most `most`, which is also what no value means. @throws AwsError InvalidArgument */
export function parseCount(name: string, text: string | undefined, most: number): number {
  if (text === undefined || text === '') return most
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (count <= LARGEST_COUNT) return Math.min(count, most)
  throw invalidArgument(name, text, `Provided ${name} not an integer or within integer range`)
}

/** Keys as the client asked for them. */
export function encoder({ urlEncoded }: ListQuery): (text: string) => string {
  if (!urlEncoded) return (text) => text
  return (text) => text.split('/').map(uriEncode).join('/')
}

/** The members that both listings have; `account` is shown as the owner where one is wanted. */
export function listMembers(list: ListQuery, bucket: BucketInfo, page: ObjectPage, account?: string): XmlMembers {
  const encode = encoder(list)
  const ownerOf = account === undefined ? undefined : owner(account)
  return {
    IsTruncated: page.next !== undefined,
    Name: bucket.name,
    Prefix: encode(list.prefix),
    Delimiter: list.delimiter === undefined ? undefined : encode(list.delimiter),
    MaxKeys: list.limit,
    EncodingType: list.urlEncoded ? 'url' : undefined,
    Contents: page.objects.map((info) => contents(info, encode, ownerOf)),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  }
}

/** Where the next page begins, opaque to clients. */
export function encodeToken(after: string): string {
  return Buffer.from(TOKEN_VERSION + after).toString('base64url')
}

/** @throws AwsError InvalidArgument for a token that this server did not make */
export function decodeToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined
  const text = Buffer.from(token, 'base64url').toString()
  if (text.startsWith(TOKEN_VERSION) && encodeToken(text.slice(1)) === token) return text.slice(1)
  throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect')
}

export function invalidArgument(name: string, value: string, message: string): Error {
  return s3Error('InvalidArgument', { ArgumentName: name, ArgumentValue: value }, message)
}

function contents(info: ObjectInfo, encode: (text: string) => string, ownerOf: XmlMembers | undefined): XmlMembers {
  return {
    Key: encode(info.key),
    LastModified: new Date(info.lastModified),
    ETag: `"${info.etag}"`,
    ChecksumAlgorithm: info.checksum?.algorithm,
    ChecksumType: info.checksum?.type,
    Size: info.size,
    Owner: ownerOf,
    StorageClass: 'STANDARD',
  }
}
