import type { UploadInfo } from '../../objects/objects.ts'
import type { XmlMembers } from '../../protocol/xml-writer.ts'
import { encoder, parseListQuery } from './list-query.ts'
import type { BucketOperation } from './s3-context.ts'
import { owner, xmlResponse } from './xml-response.ts'

/** ListMultipartUploads: an upload-id-marker counts only beside a key-marker. */
export const listMultipartUploads: BucketOperation = async ({ objects }, { query }, bucket) => {
  const list = parseListQuery(query, 'max-uploads')
  const { prefix, delimiter, limit } = list
  const keyMarker = query.get('key-marker') ?? ''
  const uploadIdMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '')
  const after = { key: keyMarker, ...(uploadIdMarker === '' ? {} : { uploadId: uploadIdMarker }) }
  const page = await objects.listUploads({
    bucket: bucket.name,
    prefix,
    limit,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(keyMarker === '' ? {} : { after }),
  })
  const encode = encoder(list)
  const whose = owner(bucket.account)
  return xmlResponse('ListMultipartUploadsResult', {
    Bucket: bucket.name,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: uploadIdMarker,
    NextKeyMarker: page.next && encode(page.next.key),
    NextUploadIdMarker: page.next && (page.next.uploadId ?? ''),
    Prefix: encode(prefix),
    Delimiter: delimiter === undefined ? undefined : encode(delimiter),
    EncodingType: list.urlEncoded ? 'url' : undefined,
    MaxUploads: limit,
    IsTruncated: page.next !== undefined,
    Upload: page.uploads.map((upload) => describe(upload, encode, whose)),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  })
}

function describe(upload: UploadInfo, encode: (text: string) => string, whose: XmlMembers): XmlMembers {
  return {
    Key: encode(upload.key),
    UploadId: upload.uploadId,
    Initiator: whose,
    Owner: whose,
    StorageClass: 'STANDARD',
    Initiated: new Date(upload.creationTime),
    ChecksumAlgorithm: upload.checksum?.algorithm,
    ChecksumType: upload.checksum?.type,
  }
}
