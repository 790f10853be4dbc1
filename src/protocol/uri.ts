import { AwsError } from './errors.ts'

const PLAIN = /^[A-Za-z0-9\-_.~]*$/
/** What `encodeURIComponent` leaves alone although RFC 3986 reserves it. */
const RESERVED = /[!'()*]/g

/** Percent-encodes everything but RFC 3986's unreserved characters, as SigV4 wants it (wire 6). */
export function uriEncode(text: string): string {
  if (PLAIN.test(text)) return text
  return encodeURIComponent(text).replace(RESERVED, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** @throws AwsError `InvalidURI` for a stray percent sign or bytes that are not UTF-8 */
export function uriDecode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.", { cause, details: { URI: text } })
  }
}

/**
 * The pairs of a query string or a form body, decoded, in the order given; a name without `=` has an empty value.
 * A plus sign is a space: SDKs that mean a plus send `%2B` (wire 6).
 * @throws AwsError `InvalidURI`
 */
export function decodePairs(text: string): readonly (readonly [name: string, value: string])[] {
  if (text === '') return []
  const pairs: [string, string][] = []
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = equals === -1 ? part : part.slice(0, equals)
    pairs.push([decodeFormPart(name), equals === -1 ? '' : decodeFormPart(part.slice(equals + 1))])
  }
  return pairs
}

function decodeFormPart(text: string): string {
  return uriDecode(text.includes('+') ? text.replaceAll('+', ' ') : text)
}
