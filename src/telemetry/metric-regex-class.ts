import { CLASS_ESCAPES_IN_CLASS, escapeInClass } from './metric-regex-text.ts'
import type { PatternReader } from './metric-regex-text.ts'

/** One end of a range, or a set that cannot be an end. */
type Member = { readonly character: string } | { readonly set: string }

/** Reads a character class whose opening bracket has been taken. */
export class ClassReader {
  readonly #reader: PatternReader
  readonly #start: number

  constructor(reader: PatternReader) {
    this.#reader = reader
    this.#start = reader.position - 1
  }

  /** @returns the class as V8 and RE2 both read it @throws MetricRegexError */
  read(): string {
    let text = this.#reader.take('^') ? '[^' : '['
    // A bracket in the first place is itself.
    do text += this.#range()
    while (!this.#reader.take(']'))
    return `${text}]`
  }

  #range(): string {
    const { position } = this.#reader
    const low = this.#member()
    if (!this.#reader.sees('-') || this.#reader.sees('-]')) return write(low)
    this.#reader.take('-')
    const high = this.#member()
    if ('set' in low || 'set' in high || codePoint(low.character) > codePoint(high.character))
      return this.#reader.fail('bad character range', position)
    return `${write(low)}-${write(high)}`
  }

  #member(): Member {
    if (this.#reader.atEnd) this.#reader.fail('unterminated character set', this.#start)
    if (!this.#reader.take('\\')) return { character: this.#reader.next() }
    const letter = this.#reader.peek()
    const set = CLASS_ESCAPES_IN_CLASS[letter]
    if (set !== undefined) {
      this.#reader.next()
      return { set }
    }
    // Inside a class this is a backspace, as in Python.
    return { character: this.#reader.take('b') ? '\b' : this.#reader.escapedCharacter() }
  }
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0
}

function write(member: Member): string {
  return 'set' in member ? member.set : escapeInClass(member.character)
}
