import { shQuote } from './sh-quote.ts'

/** A line of shell for each variable. */
export function exportLines(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${shQuote(value)}`)
}
