import type { BucketInfo } from '../../objects/objects.ts'
import type { XmlMembers } from '../../protocol/xml-writer.ts'
import { isInScope } from './bucket-access.ts'
import { decodeToken, encodeToken, parseCount } from './list-query.ts'
import type { ServiceOperation } from './s3-context.ts'
import { owner, xmlResponse } from './xml-response.ts'

const MOST_BUCKETS = 10_000

/** ListBuckets, in the order of their names; a job sees its own only. */
export const listBuckets: ServiceOperation = async ({ objects }, { call, query }) => {
  const { principal } = call
  const prefix = query.get('prefix') ?? ''
  const region = query.get('bucket-region')
  const after = decodeToken(query.get('continuation-token')) ?? ''
  const limit = parseCount('max-buckets', query.get('max-buckets'), MOST_BUCKETS)
  const all = await objects.buckets(principal.account)
  const wanted = all.filter(
    (bucket) =>
      isInScope(principal, bucket.name) &&
      bucket.name.startsWith(prefix) &&
      bucket.name > after &&
      (region === undefined || bucket.region === region),
  )
  const page = wanted.slice(0, limit)
  const last = page.at(-1)
  return xmlResponse('ListAllMyBucketsResult', {
    Owner: owner(principal.account),
    Buckets: { Bucket: page.map((bucket) => describe(bucket)) },
    ContinuationToken: last && wanted.length > limit ? encodeToken(last.name) : undefined,
    Prefix: query.has('prefix') ? prefix : undefined,
  })
}

function describe({ name, creationTime, region }: BucketInfo): XmlMembers {
  return { Name: name, CreationDate: new Date(creationTime), BucketRegion: region }
}
