/** Anything else would end the header or is no header text at all. */
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/
/** A token of RFC 9110. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Whether a value can be sent as that of a header, one byte a character. */
export function isHeaderText(value: string): boolean {
  return HEADER_TEXT.test(value)
}

export function isHeaderName(name: string): boolean {
  return HEADER_NAME.test(name)
}
