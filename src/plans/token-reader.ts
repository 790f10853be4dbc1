import { parseDuration } from '../config/duration.ts'
import { PlanError } from './plan-error.ts'
import { tokensOf, type Token } from './tokens.ts'

/** Reads a plan from its beginning to its end. Every method that does not find what it asks for throws PlanError. */
export class TokenReader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  /** The next token, which stays. @param ahead how many after it */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] ?? END
  }

  take(): Token {
    const token = this.peek()
    this.#next++
    return token
  }

  get atEnd(): boolean {
    return this.peek().kind === 'end'
  }

  /** Takes the next token where it is this word or mark. */
  skip(text: string): boolean {
    const token = this.peek()
    const isIt = (token.kind === 'word' || token.kind === 'mark') && token.text === text
    if (isIt) this.#next++
    return isIt
  }

  expect(text: string): void {
    if (!this.skip(text)) throw this.expected(`'${text}'`)
  }

  /** Nothing more of this statement. */
  endOfStatement(): void {
    if (this.atEnd || this.skip(';')) return
    throw this.expected(`';' or the end`)
  }

  word(what: string): Token {
    return this.#of('word', what)
  }

  string(what: string): Token {
    return this.#of('text', what)
  }

  /** @returns milliseconds */
  duration(): number {
    const token = this.peek()
    const milliseconds = token.kind === 'number' ? parseDuration(token.text) : undefined
    if (milliseconds === undefined || !Number.isSafeInteger(milliseconds))
      throw this.expected('a duration such as 500ms, 40s, 2m, 3h or 5d')
    this.take()
    return milliseconds
  }

  whole(what: string, least: number, most: number): number {
    const token = this.peek()
    const value = token.kind === 'number' && /^\d+$/.test(token.text) ? Number(token.text) : Number.NaN
    if (!(value >= least && value <= most)) throw this.expected(`${what}, ${least} to ${most}`)
    this.take()
    return value
  }

  number(what: string): number {
    const token = this.peek()
    const value = token.kind === 'number' ? Number(token.text) : Number.NaN
    if (!Number.isFinite(value)) throw this.expected(what)
    this.take()
    return value
  }

  oneOf<const Value extends string>(values: readonly Value[], what: string): Value {
    const token = this.peek()
    const value = values.find((known) => known === token.text)
    if (token.kind !== 'word' || value === undefined) throw this.expected(what)
    this.take()
    return value
  }

  /** The error of something else standing at the next token. */
  expected(what: string): PlanError {
    const { kind, text, at } = this.peek()
    const found = kind === 'end' ? 'the text ends' : `this is ${JSON.stringify(text.slice(0, 40))}`
    return new PlanError(`Expected ${what}, and ${found}`, this.#text, at)
  }

  /** An error of the token. */
  wrong(problem: string, { at }: Token): PlanError {
    return new PlanError(problem, this.#text, at)
  }

  #of(kind: Token['kind'], what: string): Token {
    if (this.peek().kind !== kind) throw this.expected(what)
    return this.take()
  }
}

const END: Token = { kind: 'end', text: '', at: 0 }
