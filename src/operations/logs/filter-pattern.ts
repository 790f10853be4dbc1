import { invalidParameter } from './errors.ts'

/** Whether an event's message matches. */
export type MessageFilter = (message: string) => boolean

type TermKind = 'must' | 'mustNot' | 'any'

interface Term {
  readonly kind: TermKind
  readonly text: string
}

/** A term: its sign, then a phrase in quotes, in which `\` escapes a quote, or whatever runs to the next space. */
const TERM = /\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"]+)(?=\s|$))/sy

/**
 * The unstructured patterns of CloudWatch Logs: terms that must all be there, `-term` that must not, `?term` of which one must be; case counts.
 * [unknown - recommended behaviour] A term is found within a word too, and an unquoted term may hold any character but spaces and quotes.
 * @throws AwsError `InvalidParameterException` for the other kinds of pattern, which are not built, and for what is none
 */
export function messageFilter(pattern: string): MessageFilter {
  refuseOtherKinds(pattern.trim())
  const terms = termsOf(pattern)
  const texts = (kind: TermKind) => terms.filter((term) => term.kind === kind).map(({ text }) => text)
  const [must, mustNot, any] = [texts('must'), texts('mustNot'), texts('any')]
  if (any.length > 0 && any.length < terms.length)
    throw invalidParameter('Invalid filter pattern: ?terms cannot be combined with other terms.')
  return (message) =>
    must.every((text) => message.includes(text)) &&
    !mustNot.some((text) => message.includes(text)) &&
    (any.length === 0 || any.some((text) => message.includes(text)))
}

const OTHER_KINDS: Readonly<Record<string, string>> = {
  '{': 'JSON patterns ({ … })',
  '[': 'space-delimited patterns ([ … ])',
  '%': 'regular expressions (% … %)',
}

function refuseOtherKinds(pattern: string): void {
  const kind = OTHER_KINDS[pattern.replace(/^[-?]/, '').charAt(0)]
  if (kind === undefined) return
  throw invalidParameter(
    `Invalid filter pattern: this server does not have ${kind}. It has terms, "quoted phrases", -excluded terms and ?any of several terms.`,
  )
}

function termsOf(pattern: string): Term[] {
  const terms: Term[] = []
  const end = pattern.trimEnd().length
  for (TERM.lastIndex = 0; TERM.lastIndex < end;) {
    const at = TERM.lastIndex
    const [, sign, phrase, word] = TERM.exec(pattern) ?? []
    if (sign === undefined) throw invalidParameter(`Invalid filter pattern at character ${at + 1}.`)
    const kind = sign === '-' ? 'mustNot' : sign === '?' ? 'any' : 'must'
    terms.push({ kind, text: phrase === undefined ? (word ?? '') : phrase.replace(/\\(.)/gs, '$1') })
  }
  return terms
}
