import { AwsError } from './errors.ts'
import { parseXml, XmlError, type XmlElement } from './xml.ts'
import { escapeXml, xmlContent, XML_DECLARATION } from './xml-writer.ts'

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

export interface S3ErrorContext {
  /** The path of the request, still encoded. */
  readonly resource: string
  readonly requestId: string
  /** `x-amz-id-2` */
  readonly hostId: string
}

/** The `<Error>` document of S3 (wire 5). */
export function encodeS3Error(error: AwsError, context: S3ErrorContext): string {
  const { resource, requestId, hostId } = context
  const head = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`
  const details = xmlContent(error.details, 'flattened')
  const tail = xmlContent({ Resource: resource, RequestId: requestId, HostId: hostId }, 'flattened')
  return `${XML_DECLARATION}<Error>${head}${details}${tail}</Error>`
}

/**
 * The body of an S3 request.
 * @param root the name that its root element must have
 * @throws AwsError `MalformedXML`
 */
export function decodeS3Xml(body: Uint8Array, root: string): XmlElement {
  const element = parseBody(body)
  if (element.name === root) return element
  throw malformedXml()
}

export function malformedXml(cause?: unknown): AwsError {
  return new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
    { cause },
  )
}

function parseBody(body: Uint8Array): XmlElement {
  try {
    return parseXml(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (error) {
    if (error instanceof XmlError || error instanceof TypeError) throw malformedXml(error)
    throw error
  }
}
