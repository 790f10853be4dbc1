import { isUtf8 } from 'node:buffer'
import { AwsError } from './errors.ts'

export type JsonVersion = '1.0' | '1.1'

/** `application/x-amz-json-1.1` */
export function jsonContentType(version: JsonVersion): string {
  return `application/x-amz-json-${version}`
}

/**
 * The members of an AWS JSON request. An empty body is an empty input.
 * @throws AwsError `SerializationException` for another content type, malformed JSON, or JSON that is not an object
 */
export function decodeJson(body: Buffer, contentType: string | undefined, version: JsonVersion): object {
  const expected = jsonContentType(version)
  if (contentType !== expected && mediaType(contentType) !== expected)
    throw serializationException(`Content-Type must be ${expected}; got '${contentType?.slice(0, 128) ?? ''}'.`)
  return decodeJsonObject(body)
}

/** The same without a look at the content type, for routes that are not AWS's. @throws AwsError `SerializationException` */
export function decodeJsonObject(body: Buffer): object {
  if (body.length === 0) return {}
  const value = parse(body)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw serializationException('Start of structure or map expected.')
}

/** An answer's members; times are numbers of epoch seconds (wire 2). */
export function encodeJson(output: object): string {
  return JSON.stringify(output, epochSeconds)
}

/** A date has become text before a replacer sees it, but not in the object that it is a member of. */
function epochSeconds(this: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  const member = this[name]
  return member instanceof Date ? member.getTime() / 1000 : value
}

/**
 * `{"__type":"ResourceInUse","Message":"…"}`: clients read the code from `__type` only (wire 2).
 * @param member the name that the service gives its error text
 * @param type the error's name where it is another than its code
 */
export function encodeJsonError(error: AwsError, member: 'message' | 'Message', type = error.code): string {
  return JSON.stringify({ __type: type, [member]: error.message, ...error.details })
}

export function serializationException(message: string, cause?: unknown): AwsError {
  return new AwsError('SerializationException', message, { cause })
}

function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase()
}

function parse(body: Buffer): unknown {
  if (!isUtf8(body)) throw serializationException('The request body is not UTF-8.')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw serializationException('The request body is not well-formed JSON.', cause)
  }
}
