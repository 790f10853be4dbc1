import { stripVTControlCharacters } from 'node:util'

const ESCAPE = new RegExp(String.raw`\u001B\[[0-9;]*m`, 'y')
const PLAIN = /^[\u0020-\u007E]*$/
/** East Asian wide and full-width forms, and what is drawn as a picture. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}])/u
const INVISIBLE = /^[\p{Mark}\p{Cf}\p{Cc}]+$/u

/** How many columns of a terminal the text takes; colours take none. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text)
  if (PLAIN.test(plain)) return plain.length
  let width = 0
  for (const { segment } of graphemes(plain)) width += graphemeWidth(segment)
  return width
}

/** Cuts the text to so many columns, the last of them an ellipsis; what its colours began is ended. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  if (width < 1) return ''
  let result = ''
  let left = width - 1
  for (const piece of pieces(text)) {
    if (!piece.escape && piece.width > left) break
    if (!piece.escape) left -= piece.width
    result += piece.text
  }
  return `${result}…${result.includes('\u001B[') ? '\u001B[0m' : ''}`
}

/** Fills up with spaces to so many columns. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return side === 'right' ? text + spaces : spaces + text
}

let segmenter: Intl.Segmenter | undefined

/** What a reader takes for one character each. The tables for it are only read for a text that needs them: a server's start would wait 10 ms for them. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return segmenter.segment(text)
}

function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0
  return WIDE.test(grapheme) ? 2 : 1
}

interface Piece {
  readonly text: string
  readonly width: number
  readonly escape: boolean
}

/** Escape sequences whole, everything else by what a reader takes for one character. */
function* pieces(text: string): Generator<Piece> {
  let at = 0
  while (at < text.length) {
    ESCAPE.lastIndex = at
    const escape = ESCAPE.exec(text)?.[0]
    const next = text.indexOf('\u001B', at + 1)
    const run = escape ?? text.slice(at, next === -1 ? undefined : next)
    if (escape !== undefined) yield { text: escape, width: 0, escape: true }
    else for (const { segment } of graphemes(run)) yield piece(segment)
    at += run.length
  }
}

function piece(segment: string): Piece {
  return { text: segment, width: graphemeWidth(segment), escape: false }
}
