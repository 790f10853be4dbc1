/** A text of a plan that cannot be read: says where, and shows the place. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
  /** Of the character in the text where it goes wrong, from 0; the text's length for its end. */
  readonly position: number

  /** @param problem what is wrong, without a full stop: `expected a duration` */
  constructor(problem: string, text: string, position: number) {
    super(`${problem}, at character ${position + 1}:\n${placeOf(text, position)}`)
    this.position = position
  }
}

/** Long texts are shown around the place only. */
const SHOWN_BEFORE = 40
const SHOWN_AFTER = 30

/** @returns the line of the position and, below it, a caret */
function placeOf(text: string, position: number): string {
  const lineStart = text.lastIndexOf('\n', position - 1) + 1
  const newline = text.indexOf('\n', position)
  const lineEnd = newline === -1 ? text.length : newline
  const start = Math.max(lineStart, position - SHOWN_BEFORE)
  const end = Math.min(lineEnd, position + SHOWN_AFTER)
  const cut = start > lineStart ? '...' : ''
  const shown = `${cut}${text.slice(start, end)}${end < lineEnd ? '...' : ''}`
  return `  ${shown.replaceAll('\t', ' ')}\n  ${' '.repeat(cut.length + position - start)}^`
}
