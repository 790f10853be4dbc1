import type { Tag } from '../../objects/objects.ts'
import { malformedXml } from '../../protocol/rest-xml.ts'
import { decodePairs } from '../../protocol/uri.ts'
import { childText, type XmlElement } from '../../protocol/xml.ts'
import { invalidArgument } from './list-query.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'

const HEADER = 'x-amz-tagging'
const MOST_TAGS = 10
const LONGEST_KEY = 128
const LONGEST_VALUE = 256
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/**
 * The tags of the header `x-amz-tagging`, which has the form of a query string.
 * @throws AwsError InvalidArgument, InvalidTag, BadRequest
 */
export function headerTags({ headers }: S3Request): readonly Tag[] | undefined {
  const text = headers[HEADER]
  if (text === undefined) return undefined
  const tags = decodePairs(text).map(([key, value]) => ({ key, value }))
  if (hasRepeatedKey(tags)) throw invalidArgument(HEADER, text.slice(0, 256), HEADER_FORM)
  return validTags(tags)
}

/**
 * The tags of a `Tagging` document.
 * @throws AwsError MalformedXML, InvalidTag, BadRequest
 */
export function documentTags(tagging: XmlElement): readonly Tag[] {
  const set = tagging.children.find((child) => child.name === 'TagSet')
  if (!set) throw malformedXml()
  const tags = set.children.filter((child) => child.name === 'Tag').map((tag) => documentTag(tag))
  if (hasRepeatedKey(tags)) throw s3Error('InvalidTag', {}, 'Cannot provide multiple Tags with the same key')
  return validTags(tags)
}

const HEADER_FORM = `The header '${HEADER}' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.`

function documentTag(tag: XmlElement): Tag {
  const key = childText(tag, 'Key')
  const value = childText(tag, 'Value')
  if (key === undefined || value === undefined) throw malformedXml()
  return { key, value }
}

function hasRepeatedKey(tags: readonly Tag[]): boolean {
  return new Set(tags.map(({ key }) => key)).size < tags.length
}

function validTags(tags: readonly Tag[]): readonly Tag[] {
  if (tags.length > MOST_TAGS) throw s3Error('BadRequest', {}, `Object tags cannot be greater than ${MOST_TAGS}`)
  for (const tag of tags) requireValid(tag)
  return tags
}

function requireValid({ key, value }: Tag): void {
  if (key.startsWith('aws:')) throw s3Error('InvalidTag', {}, 'System tags cannot be added/updated by requester')
  if (key === '' || key.length > LONGEST_KEY || !TAG_TEXT.test(key)) {
    throw s3Error('InvalidTag', { TagKey: key.slice(0, 256) }, 'The TagKey you have provided is invalid')
  }
  if (value.length > LONGEST_VALUE || !TAG_TEXT.test(value)) {
    throw s3Error(
      'InvalidTag',
      { TagKey: key, TagValue: value.slice(0, 512) },
      'The TagValue you have provided is invalid',
    )
  }
}
