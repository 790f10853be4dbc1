/** An element of a parsed document; attributes, comments and processing instructions are left out. */
export interface XmlElement {
  /** Without a namespace prefix. */
  readonly name: string
  /** All text directly inside, as it is, white space included. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

export class XmlError extends Error {
  override readonly name = 'XmlError'
  readonly code = 'XmlError'
  /** Characters from the start of the document. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super(`${message} at character ${offset}`)
    this.offset = offset
  }
}

export interface XmlLimits {
  /** Characters. */
  readonly length: number
  readonly depth: number
  readonly elements: number
}

/** Delete with 1,000 keys of 1,024 characters and CompleteMultipartUpload with 10,000 parts and checksums both fit. */
const S3_LIMITS: XmlLimits = { length: 4 * 2 ** 20, depth: 16, elements: 100_000 }

interface OpenElement {
  readonly qualified: string
  text: string
  readonly children: XmlElement[]
}

const NAME = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y
const ATTRIBUTE = /\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*')/y
const TAG_END = /\s*(\/?)>/y
const REFERENCE = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,8}));/giy
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * Parses the small documents that S3 clients send. No document type, so no entities beyond XML's five and numbers: nothing can be
 * expanded or fetched. Not a validator: namespaces and attributes are read over.
 * @throws XmlError naming the place
 */
export function parseXml(text: string, limits: XmlLimits = S3_LIMITS): XmlElement {
  return new XmlParser(text, limits).document()
}

/** The text of the first child of that name; undefined if there is none. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text
}

class XmlParser {
  readonly #text: string
  readonly #limits: XmlLimits
  readonly #open: OpenElement[] = []
  #root: XmlElement | undefined
  #elements = 0
  #at = 0

  constructor(text: string, limits: XmlLimits) {
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text
    this.#limits = limits
  }

  document(): XmlElement {
    if (this.#text.length > this.#limits.length) throw this.#error('document too long')
    while (this.#at < this.#text.length) this.#step()
    if (!this.#root || this.#open.length > 0) throw this.#error('document ends too early')
    return this.#root
  }

  #step(): void {
    if (this.#text[this.#at] !== '<') return this.#characters()
    if (this.#skip('<?', '?>') || this.#skip('<!--', '-->') || this.#section()) return
    if (this.#text.startsWith('<!', this.#at)) throw this.#error('declaration not allowed')
    if (this.#text.startsWith('</', this.#at)) return this.#endTag()
    this.#startTag()
  }

  #skip(start: string, end: string): boolean {
    if (!this.#text.startsWith(start, this.#at)) return false
    this.#at = this.#after(end, this.#at + start.length)
    return true
  }

  #section(): boolean {
    const start = '<![CDATA['
    const element = this.#open.at(-1)
    if (!element || !this.#text.startsWith(start, this.#at)) return false
    const from = this.#at + start.length
    this.#at = this.#after(']]>', from)
    element.text += this.#text.slice(from, this.#at - 3)
    return true
  }

  #after(end: string, from: number): number {
    const found = this.#text.indexOf(end, from)
    if (found === -1) throw this.#error(`'${end}' missing`)
    return found + end.length
  }

  #characters(): void {
    const next = this.#text.indexOf('<', this.#at)
    const end = next === -1 ? this.#text.length : next
    const raw = this.#text.slice(this.#at, end)
    const element = this.#open.at(-1)
    if (!element && raw.trim() !== '') throw this.#error('text outside the root element')
    if (element) element.text += this.#resolve(raw)
    this.#at = end
  }

  #resolve(raw: string): string {
    let resolved = ''
    let from = 0
    for (let at = raw.indexOf('&'); at !== -1; at = raw.indexOf('&', from)) {
      REFERENCE.lastIndex = at
      const match = REFERENCE.exec(raw)
      const character = match && referenced(match)
      if (!match || character === undefined) throw this.#error('unknown entity')
      resolved += raw.slice(from, at) + character
      from = at + match[0].length
    }
    return resolved + raw.slice(from)
  }

  #startTag(): void {
    if (this.#root && this.#open.length === 0) throw this.#error('second root element')
    if (this.#open.length === this.#limits.depth) throw this.#error('elements too deep')
    if (++this.#elements > this.#limits.elements) throw this.#error('too many elements')
    this.#at++
    const qualified = this.#match(NAME, 'element name')[0]
    while (this.#matches(ATTRIBUTE));
    const isEmpty = this.#match(TAG_END, 'end of tag')[1] === '/'
    this.#open.push({ qualified, text: '', children: [] })
    if (isEmpty) this.#close()
  }

  #endTag(): void {
    this.#at += 2
    const qualified = this.#match(NAME, 'element name')[0]
    if (this.#match(TAG_END, 'end of tag')[1] === '/' || this.#open.at(-1)?.qualified !== qualified)
      throw this.#error('end tag does not match')
    this.#close()
  }

  #close(): void {
    const open = this.#open.pop()
    if (!open) throw this.#error('end tag without start')
    const name = open.qualified.slice(open.qualified.indexOf(':') + 1)
    const element: XmlElement = { name, text: open.text, children: open.children }
    const parent = this.#open.at(-1)
    if (parent) parent.children.push(element)
    else this.#root = element
  }

  #matches(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (!match) return undefined
    this.#at += match[0].length
    return match
  }

  #match(pattern: RegExp, what: string): RegExpExecArray {
    const match = this.#matches(pattern)
    if (!match) throw this.#error(`${what} expected`)
    return match
  }

  #error(message: string): XmlError {
    return new XmlError(message, this.#at)
  }
}

function referenced(match: RegExpExecArray): string | undefined {
  const [, hex, decimal, name] = match
  if (name !== undefined) return Object.hasOwn(NAMED, name) ? NAMED[name] : undefined
  const point = hex === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hex, 16)
  const isCharacter = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
  return isCharacter ? String.fromCodePoint(point) : undefined
}
