import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { constraintText, findViolations } from './violations.ts'

/** An input as its operation may trust it, or why it cannot. */
export type Decoded<Input extends TSchema> =
  | { readonly kind: 'valid'; readonly value: Static<Input> }
  /** A constraint is broken; AWS's text, `N validation error(s) detected: …` (behaviour 6.2). */
  | { readonly kind: 'validation'; readonly text: string }
  /** A member has another JSON type than its shape: AWS cannot even read the request. */
  | { readonly kind: 'serialization'; readonly text: string }

/**
 * Checks an operation's input against its shape: one compiled check when all is well, and only when something is wrong a walk that makes AWS's
 * texts. A member that is null counts as absent (wire 2).
 *
 * @param value parsed JSON
 */
export function decodeInput<Input extends TSchema>(schema: Input, value: unknown): Decoded<Input> {
  const isValid = checkOf(schema)
  // The compiled check is what makes the value one of the schema's type.
  if (isValid(value)) return { kind: 'valid', value: value as Static<Input> }
  try {
    const present = withoutNulls(value)
    return isValid(present) ? { kind: 'valid', value: present as Static<Input> } : refused(schema, present)
  } catch (error) {
    // Nothing that a shape allows is nested so deeply that a walk runs out of stack.
    if (error instanceof RangeError) return { kind: 'serialization', text: 'The request is nested too deeply.' }
    throw error
  }
}

function refused<Input extends TSchema>(schema: Input, value: unknown): Decoded<Input> {
  const { violations, wrongType } = findViolations(schema, value)
  if (wrongType !== undefined) return { kind: 'serialization', text: wrongType }
  const text = constraintText(violations)
  if (text === undefined)
    throw new TypeError('the compiled check refuses a value in which the walk finds nothing wrong')
  return { kind: 'validation', text }
}

type Check = (value: unknown) => boolean

/** Compiled at its first use: an operation that nobody calls costs nothing at start. */
const compiled = new WeakMap<TSchema, Check>()

function checkOf(schema: TSchema): Check {
  const known = compiled.get(schema)
  if (known) return known
  const validator = Compile(schema)
  const check: Check = (value) => validator.Check(value)
  compiled.set(schema, check)
  return check
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(present.map(([name, member]) => [name, withoutNulls(member)]))
}
