import { parseXml, XmlError, type XmlElement } from '../protocol/xml.ts'
import { ConnectionError, UnexpectedAnswerError } from './client-errors.ts'
import type { ClientResponse } from './client-response.ts'

/** @throws ConnectionError where the body breaks off, UnexpectedAnswerError where it is no XML */
export async function readXml(endpoint: string, response: ClientResponse): Promise<XmlElement> {
  const text = await response.body.text().catch((error: unknown) => {
    throw new ConnectionError(endpoint, error)
  })
  try {
    return parseXml(text)
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    throw new UnexpectedAnswerError(`The server at ${endpoint} answered with something that is not XML.`, {
      cause: error,
    })
  }
}
