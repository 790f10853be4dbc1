import type { ObjectStore } from '../../objects/objects.ts'
import { AwsError } from '../../protocol/errors.ts'
import { decodeS3Xml, malformedXml } from '../../protocol/rest-xml.ts'
import { childText, type XmlElement } from '../../protocol/xml.ts'
import type { XmlMembers } from '../../protocol/xml-writer.ts'
import { accessibleBucket } from './bucket-access.ts'
import { requireKeyLength } from './key-length.ts'
import { notImplemented } from './not-implemented.ts'
import { readSmallBody } from './read-small-body.ts'
import type { BucketOperation } from './s3-context.ts'
import { s3Error, toS3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'
import { xmlResponse } from './xml-response.ts'

/** 1,000 keys of 1,024 bytes fit. */
const LARGEST_BODY = 4 * 2 ** 20
const MOST_KEYS = 1000

interface Wanted {
  readonly key: string
  readonly etag: string | undefined
  /** An element that asks for what is not here. */
  readonly unknown: string | undefined
}

/** DeleteObjects: each key has its own outcome; all that can be deleted are, in one commit. */
export const deleteObjects: BucketOperation = async (context, request, { name }) => {
  const { objects } = context
  requireIntegrity(request)
  const document = decodeS3Xml(await readSmallBody(request.body, LARGEST_BODY), 'Delete')
  const wanted = wantedObjects(document)
  // A body may come slowly, and the bucket have become another account's meanwhile.
  await accessibleBucket(context, request, name)
  const isQuiet = childText(document, 'Quiet')?.trim() === 'true'
  const outcomes = await Promise.all(wanted.map((object) => outcome(objects, name, object)))
  return xmlResponse('DeleteResult', {
    Deleted: isQuiet ? [] : wanted.filter((_, at) => outcomes[at] === undefined).map(({ key }) => ({ Key: key })),
    Error: outcomes.filter((error) => error !== undefined),
  })
}

/** A body that came damaged could name other keys. @throws AwsError InvalidRequest */
function requireIntegrity({ checksum, headers }: S3Request): void {
  if (checksum || headers['content-md5'] !== undefined) return
  throw s3Error('InvalidRequest', {}, 'Missing required header for this request: Content-MD5')
}

/** @throws AwsError MalformedXML */
function wantedObjects({ children }: XmlElement): readonly Wanted[] {
  const objects = children.filter((child) => child.name === 'Object')
  if (objects.length === 0 || objects.length > MOST_KEYS) throw malformedXml()
  return objects.map((object) => {
    const key = childText(object, 'Key')
    if (key === undefined || key === '') throw malformedXml()
    const etag = childText(object, 'ETag')
      ?.trim()
      .replace(/^"(.*)"$/, '$1')
    return { key, etag, unknown: object.children.find((child) => !KNOWN.includes(child.name))?.name }
  })
}

const KNOWN = ['Key', 'ETag']

/** @returns the members of an error, undefined for a key that is gone now. @throws what is not about this key */
async function outcome(
  objects: ObjectStore,
  bucket: string,
  { key, etag, unknown }: Wanted,
): Promise<XmlMembers | undefined> {
  try {
    requireKeyLength(key)
    if (unknown !== undefined) throw notImplemented(`${unknown} of an object to delete`, unknown)
    await objects.delete(bucket, key, etag === undefined ? undefined : { kind: 'etag', etags: [etag] })
    return undefined
  } catch (error) {
    const known = toS3Error(error, {})
    if (known instanceof AwsError) return { Key: key, Code: known.code, Message: known.message }
    throw error
  }
}
