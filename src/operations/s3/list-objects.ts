import { encoder, listMembers, parseListQuery } from './list-query.ts'
import type { BucketOperation } from './s3-context.ts'
import { xmlResponse } from './xml-response.ts'

/** ListObjects, the first version: the marker is a key, and NextMarker is told only where there is a delimiter. */
export const listObjects: BucketOperation = async ({ objects }, { query }, bucket) => {
  const list = parseListQuery(query)
  const { prefix, delimiter, limit } = list
  const marker = query.get('marker') ?? ''
  const page = await objects.list({
    bucket: bucket.name,
    prefix,
    ...(delimiter === undefined ? {} : { delimiter }),
    after: marker,
    limit,
  })
  const encode = encoder(list)
  return xmlResponse('ListBucketResult', {
    ...listMembers(list, bucket, page, bucket.account),
    Marker: encode(marker),
    NextMarker: page.next === undefined || delimiter === undefined ? undefined : encode(page.next),
  })
}
