/** Many lines as one text, so that a word is found without cutting them apart. */
export class TextLines {
  /** Each line ends in a newline. */
  readonly text: string
  #newlines: readonly number[] | undefined

  /** @param newlines where they are in the text, if that is known */
  constructor(text: string, newlines?: readonly number[]) {
    this.text = text
    this.#newlines = newlines
  }

  /** The line of a number, without its newline. */
  line(number: number): string {
    const newlines = this.#places()
    return this.text.slice(number === 0 ? 0 : (newlines[number - 1] ?? 0) + 1, newlines[number])
  }

  /** Numbers of the lines that hold a text; of all, if it is empty. */
  *holding(part: string): Generator<number> {
    const { text } = this
    let line = 0
    for (let at = text.indexOf(part); at >= 0 && at < text.length;) {
      const newlines = this.#places()
      while ((newlines[line] ?? text.length) < at) line++
      yield line
      at = text.indexOf(part, (newlines[line] ?? text.length) + 1)
    }
  }

  /** Looked for only when the first line is asked for: in most texts of a log nothing is found. */
  #places(): readonly number[] {
    return (this.#newlines ??= newlinesOf(this.text))
  }
}

function newlinesOf(text: string): number[] {
  const newlines: number[] = []
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) newlines.push(at)
  return newlines
}
