import { decodeToken, encoder, encodeToken, invalidArgument, listMembers, parseListQuery } from './list-query.ts'
import type { BucketOperation } from './s3-context.ts'
import { xmlResponse } from './xml-response.ts'

/** ListObjectsV2: a continuation token goes before start-after. */
export const listObjectsV2: BucketOperation = async ({ objects }, { query }, bucket) => {
  const type = query.get('list-type') ?? ''
  if (type !== '2') throw invalidArgument('list-type', type, 'Invalid List Type specified in Request')
  const list = parseListQuery(query)
  const { prefix, delimiter, limit } = list
  const token = query.get('continuation-token')
  const startAfter = query.get('start-after')
  const after = decodeToken(token) ?? startAfter
  const page = await objects.list({
    bucket: bucket.name,
    prefix,
    limit,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(after === undefined ? {} : { after }),
  })
  return xmlResponse('ListBucketResult', {
    ...listMembers(list, bucket, page, query.get('fetch-owner') === 'true' ? bucket.account : undefined),
    KeyCount: page.objects.length + page.commonPrefixes.length,
    ContinuationToken: token,
    NextContinuationToken: page.next === undefined ? undefined : encodeToken(page.next),
    StartAfter: startAfter === undefined ? undefined : encoder(list)(startAfter),
  })
}
