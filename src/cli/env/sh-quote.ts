const PLAIN = /^[A-Za-z0-9_./:@%+=,-]+$/

/** The text as one word of a POSIX shell, whatever is in it. */
export function shQuote(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
