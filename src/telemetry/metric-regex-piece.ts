/** A part of a translated expression. */
export interface Piece {
  readonly text: string
  /** The one text that it matches; undefined where it may match several, or where case does not count. */
  readonly exact: string | undefined
  /** The longest text known to be in all that it matches. */
  readonly literal: string
  /** How often repetition multiplies its largest part. */
  readonly copies: number
  /** Whether capture group 1 begins in it, as the piece itself or further inside. */
  readonly firstGroup: 'none' | 'itself' | 'inside'
  /** Whether it may match without taking a character. */
  readonly nullable: boolean
}

export const EMPTY: Piece = { text: '', exact: '', literal: '', copies: 1, firstGroup: 'none', nullable: true }

/** Something that takes one character. @param exact that character, where it can only be one */
export function atom(text: string, exact?: string): Piece {
  return { text, exact, literal: exact ?? '', copies: 1, firstGroup: 'none', nullable: false }
}

/** Something that matches a place, or takes what another part has taken. */
export function nullableAtom(text: string): Piece {
  return { ...atom(text), nullable: true }
}

/** One after the other: neighbouring exact pieces join into longer literals. */
export function sequence(pieces: readonly Piece[]): Piece {
  let run = ''
  let literal = ''
  for (const piece of pieces) {
    run = piece.exact === undefined ? '' : run + piece.exact
    literal = longest(literal, longest(run, piece.literal))
  }
  return {
    text: pieces.map((piece) => piece.text).join(''),
    exact: pieces.every((piece) => piece.exact !== undefined) ? run : undefined,
    literal,
    copies: Math.max(1, ...pieces.map((piece) => piece.copies)),
    firstGroup: pieces.some((piece) => piece.firstGroup !== 'none') ? 'inside' : 'none',
    nullable: pieces.every((piece) => piece.nullable),
  }
}

/** Either of several: no text is in all of them. */
export function alternatives(pieces: readonly Piece[]): Piece {
  const [only] = pieces
  if (only && pieces.length === 1) return only
  return {
    ...withoutLiteral(sequence(pieces)),
    text: pieces.map((piece) => piece.text).join('|'),
    nullable: pieces.some((piece) => piece.nullable),
  }
}

export interface Repetition {
  readonly min: number
  readonly max: number
  readonly text: string
}

export function repeated(piece: Piece, { min, max, text }: Repetition): Piece {
  return {
    ...piece,
    text: piece.text + text,
    exact: undefined,
    literal: min > 0 ? piece.literal : '',
    nullable: min === 0 || piece.nullable,
    copies: piece.copies * Math.max(1, Number.isFinite(max) ? max : min),
  }
}

export function withoutLiteral(piece: Piece): Piece {
  return { ...piece, exact: undefined, literal: '' }
}

function longest(a: string, b: string): string {
  return b.length > a.length ? b : a
}
