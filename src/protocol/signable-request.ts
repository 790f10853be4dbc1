/** The parts of an HTTP request that a signature covers, as they are on the wire. */
export interface SignableRequest {
  readonly method: string
  /** Before the question mark, still percent-encoded. */
  readonly path: string
  /** After the question mark, still encoded; empty if there is none. */
  readonly query: string
  /** Names in lower case; values of a repeated header joined by a comma, each byte one character (latin1). */
  readonly headers: Readonly<Record<string, string | undefined>>
}
