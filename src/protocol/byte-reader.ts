const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** Reads lines and runs of bytes from chunks as they come, holding no more than one chunk and the start of a line. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /**
   * The text up to the next CR LF, which is taken too.
   * @param limit bytes without the line's end
   * @returns undefined where the source ends first, or the line is longer or not ended by CR LF
   */
  async line(limit: number): Promise<string | undefined> {
    let text = ''
    while (text.length <= limit + 2) {
      if (this.#chunk.length === 0 && !(await this.#fill())) return undefined
      const end = this.#chunk.indexOf(LINE_FEED)
      const taken = this.#chunk.subarray(0, end === -1 ? limit + 2 : end + 1)
      this.#chunk = this.#chunk.subarray(taken.length)
      text += Buffer.from(taken.buffer, taken.byteOffset, taken.length).toString('latin1')
      if (end !== -1) return lineContent(text, limit)
    }
    return undefined
  }

  /** At least one and at most `most` bytes, uncopied; undefined at the end of the source. */
  async some(most: number): Promise<Uint8Array | undefined> {
    if (this.#chunk.length === 0 && !(await this.#fill())) return undefined
    const taken = this.#chunk.subarray(0, most)
    this.#chunk = this.#chunk.subarray(taken.length)
    return taken
  }

  /** Whether the source has ended and everything of it was taken. */
  async ended(): Promise<boolean> {
    return this.#chunk.length === 0 && !(await this.#fill())
  }

  /** Lets go of the source, wherever in it the reader is. */
  async release(): Promise<void> {
    await this.#source.return?.()
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next()
      if (next.done) return false
      if (next.value.length === 0) continue
      this.#chunk = next.value
      return true
    }
  }
}

function lineContent(text: string, limit: number): string | undefined {
  const isEnded = text.charCodeAt(text.length - 2) === CARRIAGE_RETURN
  const content = text.slice(0, -2)
  return isEnded && content.length <= limit ? content : undefined
}
