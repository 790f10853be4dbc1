import { ClassReader } from './metric-regex-class.ts'
import { alternatives, atom, EMPTY, nullableAtom, repeated, sequence, withoutLiteral } from './metric-regex-piece.ts'
import type { Piece, Repetition } from './metric-regex-piece.ts'
import { CLASS_ESCAPES, escapeText, PatternReader } from './metric-regex-text.ts'

/** A metric definition's expression, checked and translated from Python's dialect. */
export interface MetricRegex {
  /** For V8 with the flags `gsu`, and word for word for RE2 with DOTALL: both find the same. */
  readonly source: string
  /** A text that is in every line that matches; empty where none is sure. Looking for it first is what makes most lines cheap. */
  readonly literal: string
  /** Which engine may run it: `re2` where V8 would capture something else than Python, `v8` where RE2 lacks what it needs. */
  readonly engine: 'either' | 'v8' | 're2'
  /** The value is capture group 1 (behaviour 5.3): an expression without a group never reports one. */
  readonly groups: number
}

/** RE2's bound; V8 has none, but expressions of 500 characters need none larger. */
const MOST_COPIES = 1000
const POSITIONS: Readonly<Record<string, string>> = { A: '^', Z: '$', z: '$', b: '\\b', B: '\\B' }
const LOOKAROUND = ['?=', '?!', '?<=', '?<!'] as const

/**
 * Reads Python's dialect and writes the part of it that V8 and RE2 share. What the two would read differently is written out, so that both find the
 * same: `\s` as Python's white space, named groups without their names, `{,3}` as `{0,3}`, `\Z` as `$`. Lines hold no newline, so the flags m and s
 * change nothing.
 */
export class RegexParser {
  readonly #reader: PatternReader
  readonly #names = new Map<string, number>()
  #groups = 0
  #ignoreCase = false
  #onlyV8 = false
  #onlyRe2 = false

  constructor(pattern: string) {
    this.#reader = new PatternReader(pattern)
  }

  /** @throws MetricRegexError */
  parse(): MetricRegex {
    const piece = this.#alternatives()
    if (!this.#reader.atEnd) this.#reader.fail('unbalanced parenthesis')
    return {
      source: this.#ignoreCase ? `(?i:${piece.text})` : piece.text,
      literal: this.#ignoreCase ? '' : piece.literal,
      // What needs both cannot be had; V8 at least runs it.
      engine: this.#onlyV8 ? 'v8' : this.#onlyRe2 ? 're2' : 'either',
      groups: this.#groups,
    }
  }

  #alternatives(): Piece {
    const pieces = [this.#sequence()]
    while (this.#reader.take('|')) pieces.push(this.#sequence())
    return alternatives(pieces)
  }

  #sequence(): Piece {
    const pieces: Piece[] = []
    while (!this.#reader.atEnd && !this.#reader.sees('|') && !this.#reader.sees(')')) {
      const repetition = this.#repetition()
      if (repetition) this.#reader.fail('nothing to repeat')
      pieces.push(this.#repeated(this.#atom()))
    }
    return sequence(pieces)
  }

  #repeated(piece: Piece): Piece {
    const repetition = this.#repetition()
    if (!repetition) return piece
    if (this.#reader.sees('+')) this.#reader.fail('possessive quantifiers are not supported')
    const lazy = this.#reader.take('?') ? '?' : ''
    if (this.#repetition()) this.#reader.fail('multiple repeat')
    const whole = repeated(piece, { ...repetition, text: repetition.text + lazy })
    if (whole.copies > MOST_COPIES) this.#reader.fail(`more than ${MOST_COPIES} repetitions are not supported`)
    // JavaScript forgets a group at each turn of the loop around it, and takes no empty turn; Python and RE2 do otherwise.
    if (piece.nullable || (repetition.max > 1 && piece.firstGroup === 'inside')) this.#onlyRe2 = true
    return whole
  }

  /** A quantifier at this place; a brace that is none stays where it is, a literal. */
  #repetition(): Repetition | undefined {
    if (this.#reader.take('*')) return { min: 0, max: Infinity, text: '*' }
    if (this.#reader.take('+')) return { min: 1, max: Infinity, text: '+' }
    if (this.#reader.take('?')) return { min: 0, max: 1, text: '?' }
    const [, low, comma, high] =
      this.#reader.match(/\{(\d*)(,?)(\d*)\}/y, ([, from, , to]) => Boolean(from || to)) ?? []
    if (low === undefined) return undefined
    const min = Number(low)
    const max = comma ? (high ? Number(high) : Infinity) : min
    if (min > max) this.#reader.fail('min repeat greater than max repeat')
    return { min, max, text: comma ? `{${min},${high}}` : `{${min}}` }
  }

  #atom(): Piece {
    if (this.#reader.take('(')) return this.#group()
    if (this.#reader.take('[')) return atom(new ClassReader(this.#reader).read())
    if (this.#reader.take('\\')) return this.#escape()
    const character = this.#reader.next()
    if (character === '^' || character === '$') return nullableAtom(character)
    if (character === '.') return atom(character)
    return atom(escapeText(character), character)
  }

  #escape(): Piece {
    const start = this.#reader.position
    const reference = this.#reader.match(/[1-9]\d?(?![0-7])/y) ?? this.#reader.match(/[89]\d?/y)
    if (reference) return this.#reference(Number(reference[0]), start)
    const letter = this.#reader.peek()
    const position = POSITIONS[letter]
    const set = CLASS_ESCAPES[letter]
    if (position !== undefined || set !== undefined) this.#reader.next()
    if (position !== undefined) return nullableAtom(position)
    if (set !== undefined) return atom(set)
    const character = this.#reader.escapedCharacter()
    return atom(escapeText(character), character)
  }

  #reference(group: number, position: number): Piece {
    if (group > this.#groups) this.#reader.fail(`invalid group reference ${group}`, position)
    this.#onlyV8 = true
    // The digit that may follow is no part of the number.
    return nullableAtom(`(?:\\${group})`)
  }

  #group(): Piece {
    const position = this.#reader.position - 1
    const kind = this.#reader.match(/\?(?:[=!]|<[=!]|:|>|#|\(|P=|P<|P>|<|[a-zA-Z-]+[:)]|.|$)/y)?.[0]
    if (kind === undefined) return this.#capture(position)
    if (kind === '?:') return this.#enclosed('(?:', position)
    if (kind === '?P<' || kind === '?<') return this.#named(position)
    if (kind === '?P=') return this.#namedReference(position)
    if (kind === '?#') return this.#comment(position)
    if (isLookaround(kind)) return this.#lookaround(kind, position)
    if (/^\?[a-zA-Z-]+[:)]$/.test(kind)) return this.#flags(kind, position)
    return this.#reader.fail(UNSUPPORTED_GROUPS[kind] ?? `unknown extension (${kind}`, position)
  }

  #capture(position: number): Piece {
    this.#groups += 1
    const first = this.#groups === 1
    const piece = this.#enclosed('(', position)
    return first ? { ...piece, firstGroup: 'itself' } : piece
  }

  #named(position: number): Piece {
    const name = this.#reader.match(/([\p{L}_][\p{L}\p{N}_]*)>/uy)?.[1]
    if (name === undefined) return this.#reader.fail('bad group name', position)
    if (this.#names.has(name)) this.#reader.fail(`redefinition of group name '${name}'`, position)
    this.#names.set(name, this.#groups + 1)
    return this.#capture(position)
  }

  #namedReference(position: number): Piece {
    const name = this.#reader.match(/([^)]*)\)/y)?.[1] ?? ''
    const group = this.#names.get(name)
    return group === undefined
      ? this.#reader.fail(`unknown group name '${name}'`, position)
      : this.#reference(group, position)
  }

  #comment(position: number): Piece {
    if (!this.#reader.match(/[^)]*\)/y)) this.#reader.fail('missing ), unterminated comment', position)
    return EMPTY
  }

  /** V8 alone has lookaround; what keeps it from stalling is the deadline of its worker. */
  #lookaround(kind: string, position: number): Piece {
    this.#onlyV8 = true
    return { ...withoutLiteral(this.#enclosed(`(${kind}`, position)), nullable: true }
  }

  #flags(kind: string, position: number): Piece {
    const [on = '', off = ''] = kind.slice(1, -1).split('-')
    if (/[^imsau]/.test(on + off)) this.#reader.fail(`the flags (${kind} are not supported`, position)
    if (kind.endsWith(')')) {
      this.#ignoreCase ||= on.includes('i')
      return EMPTY
    }
    if (on.includes('i')) return withoutLiteral(this.#enclosed('(?i:', position))
    return this.#enclosed(off.includes('i') ? '(?-i:' : '(?:', position)
  }

  #enclosed(open: string, position: number): Piece {
    const piece = this.#alternatives()
    if (!this.#reader.take(')')) this.#reader.fail('missing ), unterminated subpattern', position)
    return { ...piece, text: `${open}${piece.text})` }
  }
}

const UNSUPPORTED_GROUPS: Readonly<Record<string, string>> = {
  '?>': 'atomic groups are not supported',
  '?(': 'conditional groups are not supported',
  '?': 'unexpected end of pattern',
}

function isLookaround(kind: string): boolean {
  return LOOKAROUND.some((opening) => opening === kind)
}
