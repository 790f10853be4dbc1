import { decodeS3Xml } from '../../protocol/rest-xml.ts'
import { accessibleBucket } from './bucket-access.ts'
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
export const putObjectTagging: ObjectOperation = async (context, request, { bucket, key }) => {
  const body = await readSmallBody(request.body, LARGEST_BODY)
  // The body may have come slowly, and the bucket have become another account's meanwhile.
  await accessibleBucket(context, request, bucket)
  await context.objects.setTags(bucket, key, documentTags(decodeS3Xml(body, 'Tagging')))
  return { status: 200, headers: {} }
}

/** DeleteObjectTagging. */
export const deleteObjectTagging: ObjectOperation = async ({ objects }, _request, { bucket, key }) => {
  await objects.setTags(bucket, key, [])
  return { status: 204, headers: {} }
}
