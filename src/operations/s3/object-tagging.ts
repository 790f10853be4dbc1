import { decodeS3Xml } from '../../protocol/rest-xml.ts'
import { readSmallBody } from './read-small-body.ts'
import type { ObjectOperation } from './s3-context.ts'
import { documentTags } from './tags.ts'
import { xmlResponse } from './xml-response.ts'

const LARGEST_BODY = 64 * 1024

/** GetObjectTagging: an empty set where there are none. */
export const getObjectTagging: ObjectOperation = async ({ objects }, _request, { bucket, key }) => {
  const { tags = [] } = await objects.head(bucket, key)
  return xmlResponse('Tagging', { TagSet: { Tag: tags.map((tag) => ({ Key: tag.key, Value: tag.value })) } })
}

/** PutObjectTagging: the set as a whole is replaced. */
export const putObjectTagging: ObjectOperation = async ({ objects }, request, { bucket, key }) => {
  const body = await readSmallBody(request.body, LARGEST_BODY)
  await objects.setTags(bucket, key, documentTags(decodeS3Xml(body, 'Tagging')))
  return { status: 200, headers: {} }
}

/** DeleteObjectTagging. */
export const deleteObjectTagging: ObjectOperation = async ({ objects }, _request, { bucket, key }) => {
  await objects.setTags(bucket, key, [])
  return { status: 204, headers: {} }
}
