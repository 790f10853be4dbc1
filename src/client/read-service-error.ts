import { childText, parseXml } from '../protocol/xml.ts'
import { ServiceError } from './client-errors.ts'

/** What a body of an error is read to, at the most. */
const LONGEST = 2 ** 20

/** What a client has of an answer. */
interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: { text(): Promise<string> }
}

/** Understands an error of any wire: JSON's `__type` and `message`, REST-XML's and Query's `Code` and `Message`. */
export async function readServiceError(response: Answer): Promise<ServiceError> {
  const text = await response.body.text().catch(() => '')
  const { code, message } = parse(text.slice(0, LONGEST))
  const { status } = response
  return new ServiceError({
    code: code ?? `HTTP ${status}`,
    message: message ?? (text.trim().slice(0, 500) || `The server answered with status ${status}.`),
    status,
    requestId: header(response, 'x-amzn-requestid') ?? header(response, 'x-amz-request-id'),
  })
}

interface CodeAndMessage {
  readonly code: string | undefined
  readonly message: string | undefined
}

function parse(text: string): CodeAndMessage {
  try {
    return text.trimStart().startsWith('<') ? fromXml(text) : fromJson(JSON.parse(text))
  } catch {
    return { code: undefined, message: undefined }
  }
}

function fromXml(text: string): CodeAndMessage {
  const root = parseXml(text)
  const error = root.children.find((child) => child.name === 'Error') ?? root
  return { code: childText(error, 'Code'), message: childText(error, 'Message') }
}

/** The type may carry a namespace before a `#`, which SDKs cut off too. */
function fromJson(value: unknown): CodeAndMessage {
  const members = new Map<string, unknown>(Object.entries(Object(value)))
  const type = textOf(members.get('__type'))
  return {
    code: type?.slice(type.indexOf('#') + 1),
    message: textOf(members.get('message') ?? members.get('Message')),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function header(response: Answer, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value[0] : value
}
