import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { findViolations } from './violations.ts'

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
  const validator = validatorOf(schema)
  if (validator.Check(value)) return { kind: 'valid', value }
  const present = withoutNulls(value)
  if (validator.Check(present)) return { kind: 'valid', value: present }
  const { violations, wrongType } = findViolations(schema, present)
  if (wrongType !== undefined) return { kind: 'serialization', text: wrongType }
  const noun = violations.length === 1 ? 'error' : 'errors'
  return {
    kind: 'validation',
    text: `${violations.length} validation ${noun} detected: ${violations.join('; ')}`,
  }
}

/** Compiled at its first use: an operation that nobody calls costs nothing at start. */
const compiled = new WeakMap<TSchema, Validator>()

function validatorOf<Input extends TSchema>(schema: Input): Validator<Record<never, never>, Input> {
  const known = compiled.get(schema)
  // The map holds for each schema the validator that was made of it.
  if (known) return known as unknown as Validator<Record<never, never>, Input>
  const validator = Compile(schema)
  compiled.set(schema, validator as unknown as Validator)
  return validator as unknown as Validator<Record<never, never>, Input>
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(present.map(([name, member]) => [name, withoutNulls(member)]))
}
