import type { CompleteOptions, ObjectStore } from '../../objects/objects.ts'
import { CHECKSUM_ALGORITHMS } from '../../objects/objects.ts'
import { checksumHeader } from '../../protocol/checksum-headers.ts'
import { decodeS3Xml, malformedXml } from '../../protocol/rest-xml.ts'
import { childText, type XmlElement } from '../../protocol/xml.ts'
import { writeCondition } from './conditions.ts'
import { invalidArgument } from './list-query.ts'
import { readSmallBody } from './read-small-body.ts'
import type { ObjectOperation } from './s3-context.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Request } from './s3-request.ts'
import { checksumMembers, xmlResponse } from './xml-response.ts'

/** 10,000 parts with their checksums fit. */
const LARGEST_BODY = 4 * 2 ** 20
const MOST_PARTS = 10_000

const SEVERAL_CHECKSUMS = 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.'

type WantedPart = Parameters<ObjectStore['completeUpload']>[1][number]

/** CompleteMultipartUpload. */
export const completeMultipartUpload: ObjectOperation = async ({ objects }, request, { bucket, key }) => {
  const options = completeOptions(request)
  const body = await readSmallBody(request.body, LARGEST_BODY)
  const parts = wantedParts(decodeS3Xml(body, 'CompleteMultipartUpload'))
  const uploadId = request.query.get('uploadId') ?? ''
  const info = await objects.completeUpload({ bucket, key, uploadId }, parts, options)
  const host = request.headers['host'] ?? ''
  const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/')
  return xmlResponse('CompleteMultipartUploadResult', {
    Location: `http://${host}/${path}`,
    Bucket: bucket,
    Key: key,
    ETag: `"${info.etag}"`,
    ...checksumMembers(info.checksum),
  })
}

/** @throws AwsError InvalidArgument, InvalidRequest */
function completeOptions(request: S3Request): CompleteOptions {
  const { headers } = request
  const condition = writeCondition(request)
  const size = headers['x-amz-mp-object-size']
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    throw invalidArgument('x-amz-mp-object-size', size, 'The value of x-amz-mp-object-size must be a number of bytes.')
  }
  const named = CHECKSUM_ALGORITHMS.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined)
  if (named.length > 1) throw s3Error('InvalidRequest', {}, SEVERAL_CHECKSUMS)
  const [algorithm] = named
  const value = algorithm && headers[checksumHeader(algorithm)]
  return {
    ...(condition ? { condition } : {}),
    ...(size === undefined ? {} : { size: Number(size) }),
    ...(algorithm && value !== undefined ? { checksum: { algorithm, value } } : {}),
  }
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
