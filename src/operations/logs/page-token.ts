import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { invalidNextToken } from './errors.ts'

/** An opaque token that carries a place, and the list it is good for. */
export function encodePageToken(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** @throws AwsError for a token that was not given out */
export function decodePageToken<Shape extends TSchema>(token: string, shape: Shape): Static<Shape> {
  const value = parse(token)
  if (!Check(shape, value)) throw invalidNextToken()
  return value
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
