import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'

const compiled = new WeakMap<TSchema, Validator>()

/**
 * Checks an operation's input against its shape.
 * @returns AWS's text, `N validation error(s) detected: …` (behaviour 6.2); undefined for a valid input
 */
export function checkInput(schema: TSchema, value: unknown): string | undefined {
  const validator = validatorOf(schema)
  if (validator.Check(value)) return undefined
  const errors = [...validator.Errors(value)].map(
    ({ instancePath, message }) => `Value at '${instancePath}' failed to satisfy constraint: ${message}`,
  )
  const noun = errors.length === 1 ? 'error' : 'errors'
  return `${errors.length} validation ${noun} detected: ${errors.join('; ')}`
}

function validatorOf(schema: TSchema): Validator {
  const known = compiled.get(schema)
  if (known) return known
  const validator = Compile(schema)
  compiled.set(schema, validator)
  return validator
}
