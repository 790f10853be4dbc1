import { MetricRegexError } from './metric-regex-error.ts'

/** What `\s` matches: Python's `str.isspace`. */
const SPACE = '\\t-\\r\\x1c- \\x85\\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000'
/** And the rest, for where a complement cannot be written: inside a class. */
const NOT_SPACE =
  '\\x00-\\x08\\x0e-\\x1b!-\\x84\\x86-\\x9f\\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\u{10ffff}'

/** Class escapes, written so that V8 and RE2 read the same. Digits and word characters are ASCII: a number has no others. */
export const CLASS_ESCAPES: Readonly<Record<string, string>> = {
  d: '\\d',
  D: '\\D',
  w: '\\w',
  W: '\\W',
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
}

/** The same inside `[...]`. */
export const CLASS_ESCAPES_IN_CLASS: Readonly<Record<string, string>> = {
  d: '\\d',
  D: '\\D',
  w: '\\w',
  W: '\\W',
  s: SPACE,
  S: NOT_SPACE,
}

const CHARACTERS: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\u0007',
}

/** A character as V8 and RE2 both take it for itself, outside a class. */
export function escapeText(character: string): string {
  return escapeIfIn('^$\\.*+?()[]{}|', character)
}

/** The same inside a class. */
export function escapeInClass(character: string): string {
  return escapeIfIn('^\\[]-', character)
}

/** Goes through a pattern by code points. */
export class PatternReader {
  readonly #pattern: string
  #position = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  get position(): number {
    return this.#position
  }

  get atEnd(): boolean {
    return this.#position >= this.#pattern.length
  }

  peek(): string {
    const code = this.#pattern.codePointAt(this.#position)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  sees(text: string): boolean {
    return this.#pattern.startsWith(text, this.#position)
  }

  take(text: string): boolean {
    const seen = this.sees(text)
    if (seen) this.#position += text.length
    return seen
  }

  /** @throws MetricRegexError at the end of the pattern */
  next(): string {
    const character = this.peek()
    if (character === '') this.fail('unexpected end of pattern')
    this.#position += character.length
    return character
  }

  /**
   * Takes what a sticky expression matches here.
   * @param accept may refuse the match, which then is not taken
   */
  match(expression: RegExp, accept: (match: RegExpExecArray) => boolean = () => true): RegExpExecArray | undefined {
    expression.lastIndex = this.#position
    const match = expression.exec(this.#pattern)
    if (!match || !accept(match)) return undefined
    this.#position += match[0].length
    return match
  }

  /** The one character that an escape stands for; the backslash has been taken. @throws MetricRegexError */
  escapedCharacter(): string {
    const start = this.#position - 1
    const octal = this.match(/0[0-7]{0,2}|[0-3][0-7]{2}/y)
    if (octal) return String.fromCharCode(Number.parseInt(octal[0], 8))
    const hexadecimal = this.match(/x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})/y)
    if (hexadecimal) return this.#codePoint(hexadecimal.slice(1).find(Boolean) ?? '', start)
    const character = this.next()
    const known = CHARACTERS[character]
    if (known !== undefined) return known
    if (/[a-z0-9]/i.test(character)) this.fail(`bad escape \\${character}`, start)
    return character
  }

  /** @throws MetricRegexError always */
  fail(reason: string, position = this.#position): never {
    throw new MetricRegexError(this.#pattern, `${reason} at position ${position}`)
  }

  #codePoint(digits: string, position: number): string {
    const code = Number.parseInt(digits, 16)
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) this.fail('no such character', position)
    return String.fromCodePoint(code)
  }
}

function escapeIfIn(special: string, character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20 || (code >= 0x7f && code <= 0xff)) return `\\x${code.toString(16).padStart(2, '0')}`
  return special.includes(character) ? `\\${character}` : character
}
