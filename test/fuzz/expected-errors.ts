import { AwsError } from '../../src/protocol/errors.ts'
import { XmlError } from '../../src/protocol/xml.ts'

/** Passes over what a decoder says of input that is wrong; everything else is a fault of the decoder's. */
export function refusal(error: unknown): void {
  if (error instanceof XmlError || (error instanceof AwsError && error.status >= 400 && error.status < 500)) return
  throw error
}
