import { PlanError } from './plan-error.ts'

/** One piece of a plan's text; `at` is where it begins. */
export interface Token {
  readonly kind: 'word' | 'number' | 'text' | 'mark' | 'end'
  /** Of a text what is between its quotes, with escapes resolved. */
  readonly text: string
  readonly at: number
}

/** A number may carry a unit: `40s`, `50KB/s`, `1x`. */
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:[A-Za-z%]+(?:\/s)?)?(?![\w.-])/i
const WORD = /^[A-Za-z_][\w.-]*/
const TEXT = /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/
const MARKS = ':,@+=;'
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t' }

/**
 * Cuts a plan into its tokens; a new line separates statements as `;` does, and `#` begins a comment that goes to the end of the line.
 * @throws PlanError
 */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const token = tokenAt(text, at)
    if (token) tokens.push(token.token)
    at = token ? token.next : skip(text, at)
  }
  tokens.push({ kind: 'end', text: '', at: text.length })
  return tokens
}

function skip(text: string, at: number): number {
  if (text[at] !== '#') return at + 1
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

/** @returns undefined for white space and the beginning of a comment */
function tokenAt(text: string, at: number): { readonly token: Token; readonly next: number } | undefined {
  const character = text[at] ?? ''
  if (character === '\n') return { token: { kind: 'mark', text: ';', at }, next: at + 1 }
  if (/\s/.test(character) || character === '#') return undefined
  // No number or word is longer; a text may be.
  const rest = text.slice(at)
  const number = NUMBER.exec(rest)?.[0]
  if (number !== undefined) return { token: { kind: 'number', text: number, at }, next: at + number.length }
  const word = WORD.exec(rest)?.[0]
  if (word !== undefined) return { token: { kind: 'word', text: word, at }, next: at + word.length }
  if (MARKS.includes(character)) return { token: { kind: 'mark', text: character, at }, next: at + 1 }
  const quoted = TEXT.exec(rest)?.[0]
  if (quoted === undefined) throw new PlanError(whyNot(character), text, at)
  const inner = quoted.slice(1, -1).replaceAll(/\\(.)/g, (_escape, escaped: string) => ESCAPES[escaped] ?? escaped)
  return { token: { kind: 'text', text: inner, at }, next: at + quoted.length }
}

function whyNot(character: string): string {
  if (character === '"' || character === "'") return 'the quotation mark has no other on its line'
  return `${JSON.stringify(character)} does not belong here`
}
