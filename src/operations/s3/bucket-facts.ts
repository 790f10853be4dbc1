import { S3_NAMESPACE } from '../../protocol/rest-xml.ts'
import { escapeXml, XML_DECLARATION } from '../../protocol/xml-writer.ts'
import { FIRST_REGION } from './create-bucket.ts'
import type { BucketOperation } from './s3-context.ts'
import { xmlResponse } from './xml-response.ts'

/** GetBucketLocation: nothing stands for us-east-1. */
export const getBucketLocation: BucketOperation = async (_context, _request, { region }) => {
  const location = region === FIRST_REGION ? '' : escapeXml(region)
  const element = `<LocationConstraint xmlns="${S3_NAMESPACE}">${location}</LocationConstraint>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: XML_DECLARATION + element }
}

/** GetBucketVersioning: no bucket here has ever had versions, and S3 then answers without a status. */
export const getBucketVersioning: BucketOperation = async () => xmlResponse('VersioningConfiguration', {})
