/** What can be written as the content of an element. Members that are undefined are left out. */
export type XmlValue = string | number | boolean | Date | readonly XmlValue[] | XmlMembers | undefined

export interface XmlMembers {
  readonly [name: string]: XmlValue
}

/**
 * How a list is written: `flattened` repeats the element itself (S3: `{ Contents: [a, b] }` is two `Contents`), `member`
 * puts each item in a `<member>` (Query).
 */
export type ListStyle = 'flattened' | 'member'

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** A whole document. @param namespace its `xmlns` */
export function xmlDocument(
  root: string,
  namespace: string,
  members: XmlMembers,
  lists: ListStyle = 'flattened',
): string {
  return `${XML_DECLARATION}<${root} xmlns="${escapeXml(namespace)}">${xmlContent(members, lists)}</${root}>`
}

/** The elements of `members`, in their order. */
export function xmlContent(members: XmlMembers, lists: ListStyle): string {
  let text = ''
  for (const [name, value] of Object.entries(members)) text += xmlElement(name, value, lists)
  return text
}

function xmlElement(name: string, value: XmlValue, lists: ListStyle): string {
  if (value === undefined) return ''
  if (isList(value)) return listElements(name, value, lists)
  const content = isMembers(value) ? xmlContent(value, lists) : escapeXml(scalarText(value))
  return `<${name}>${content}</${name}>`
}

function listElements(name: string, values: readonly XmlValue[], lists: ListStyle): string {
  if (lists === 'flattened') return values.map((value) => xmlElement(name, value, lists)).join('')
  return `<${name}>${values.map((value) => xmlElement('member', value, lists)).join('')}</${name}>`
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value)
}

function isMembers(value: Exclude<XmlValue, undefined | readonly XmlValue[]>): value is XmlMembers {
  return typeof value === 'object' && !(value instanceof Date)
}

function scalarText(value: string | number | boolean | Date): string {
  return value instanceof Date ? value.toISOString() : String(value)
}

// oxlint-disable-next-line no-control-regex -- control characters are what must be found
const ESCAPED = /[&<>"'\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu
const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/**
 * Text for an element or an attribute. Control characters become references (`&#x1;`), as S3 writes them: a carriage return
 * would otherwise be lost in parsing. What is no character at all becomes U+FFFD.
 */
export function escapeXml(text: string): string {
  return text.replace(ESCAPED, (sign) => NAMED[sign] ?? characterReference(sign))
}

function characterReference(sign: string): string {
  const code = sign.charCodeAt(0)
  return code >= 0xd800 || code === 0 ? '\ufffd' : `&#x${code.toString(16)};`
}
