import type { ObjectInfo, ObjectStore } from '../../objects/objects.ts'
import { decodeS3Xml, malformedXml } from '../../protocol/rest-xml.ts'
import { childText, type XmlElement } from '../../protocol/xml.ts'
import type { XmlMembers } from '../../protocol/xml-writer.ts'
import { readSmallBody } from './read-small-body.ts'
import type { ObjectOperation } from './s3-context.ts'
import { xmlResponse } from './xml-response.ts'

/** 10,000 parts with their checksums fit. */
const LARGEST_BODY = 4 * 2 ** 20
const MOST_PARTS = 10_000

type WantedPart = Parameters<ObjectStore['completeUpload']>[1][number]

/** CompleteMultipartUpload. */
export const completeMultipartUpload: ObjectOperation = async ({ objects }, request, { bucket, key }) => {
  const body = await readSmallBody(request.body, LARGEST_BODY)
  const parts = wantedParts(decodeS3Xml(body, 'CompleteMultipartUpload'))
  const uploadId = request.query.get('uploadId') ?? ''
  const info = await objects.completeUpload({ bucket, key, uploadId }, parts)
  const host = request.headers['host'] ?? ''
  const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/')
  return xmlResponse('CompleteMultipartUploadResult', {
    Location: `http://${host}/${path}`,
    Bucket: bucket,
    Key: key,
    ETag: `"${info.etag}"`,
    ...checksumMembers(info),
  })
}

/** @throws AwsError MalformedXML */
function wantedParts({ children }: XmlElement): readonly WantedPart[] {
  const parts = children.filter((child) => child.name === 'Part')
  if (parts.length === 0 || parts.length > MOST_PARTS) throw malformedXml()
  return parts.map((part) => wantedPart(part))
}

function wantedPart(part: XmlElement): WantedPart {
  const number = childText(part, 'PartNumber')?.trim() ?? ''
  const etag = childText(part, 'ETag')?.trim()
  if (!/^\d{1,5}$/.test(number) || etag === undefined) throw malformedXml()
  const checksum = part.children.find((child) => child.name.startsWith('Checksum'))?.text.trim()
  const unquoted = etag.replace(/^"(.*)"$/, '$1').toLowerCase()
  return { partNumber: Number(number), etag: unquoted, ...(checksum ? { checksumValue: checksum } : {}) }
}

function checksumMembers({ checksum }: ObjectInfo): XmlMembers {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {}
}
