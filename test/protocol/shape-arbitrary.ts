import fc, { type Arbitrary } from 'fast-check'
import type { TSchema } from 'typebox'

/** The parts of a schema made by `src/protocol/shapes/declare.ts`. */
export interface Shape {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly propertyNames?: Shape
  readonly patternProperties?: Readonly<Record<string, Shape>>
  readonly aws?: { readonly min?: number; readonly max?: number; readonly pattern?: string; readonly bits?: 32 | 64 }
}

/** Values that keep every constraint of a shape, made from the model's own terms and not from the expressions that we check with. */
export function valuesOf(shape: Shape | TSchema): Arbitrary<unknown> {
  return arbitraryOf(shape)
}

function arbitraryOf(shape: Shape): Arbitrary<unknown> {
  if (shape.enum) return fc.constantFrom(...shape.enum)
  if (shape.properties) return structureOf(shape)
  if (shape.propertyNames) return mapOf(shape, shape.propertyNames)
  if (shape.items) return listOf(shape, shape.items)
  if (shape.type === 'string') return textOf(shape)
  if (shape.type === 'integer') return integerOf(shape)
  return shape.type === 'boolean' ? fc.boolean() : fc.double({ noNaN: true, noDefaultInfinity: true })
}

function structureOf({ properties = {}, required = [] }: Shape): Arbitrary<unknown> {
  const members = Object.entries(properties).map(([name, member]) => {
    const value = arbitraryOf(member)
    // A null counts as absent, so an optional member may be one.
    return [name, required.includes(name) ? value : fc.option(value, { nil: null })]
  })
  return fc.record(Object.fromEntries(members) as Record<string, Arbitrary<unknown>>, {
    requiredKeys: [...required],
  })
}

function mapOf({ patternProperties = {}, aws = {} }: Shape, key: Shape): Arbitrary<unknown> {
  const value = Object.values(patternProperties)[0] ?? {}
  return fc.dictionary(textOf(key), arbitraryOf(value), {
    minKeys: aws.min ?? 0,
    maxKeys: Math.min(aws.max ?? 4, 4),
  })
}

function listOf({ aws = {} }: Shape, item: Shape): Arbitrary<unknown> {
  const { min = 0, max = min + 3 } = aws
  return fc.array(arbitraryOf(item), { minLength: min, maxLength: Math.min(max, min + 3) })
}

function integerOf({ aws = {} }: Shape): Arbitrary<number> {
  const { min = -(2 ** 31), max = aws.bits === 64 ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1 } = aws
  return fc.integer({ min, max })
}

function textOf({ aws = {} }: Shape): Arbitrary<string> {
  const { min = 0, max = min + 100, pattern = '.*' } = aws
  const matching = fc.stringMatching(new RegExp(`^(?:${generable(pattern, min)})$`, 'u'))
  return matching.filter((text) => {
    const length = Array.from(text).length
    return length >= min && length <= max && !text.endsWith('-')
  })
}

/** The same language or a part of it, in the terms that fast-check makes texts from; long enough, so that few are thrown away. */
function generable(pattern: string, min: number): string {
  const known = pattern
    .replaceAll('\\p{Alnum}', 'a-zA-Z0-9')
    .replaceAll('\\p{L}', 'a-zäßλ')
    .replaceAll('\\p{Z}', ' ')
    .replaceAll('\\p{N}', '0-9')
    .replaceAll('(?<!-)', '')
    .replaceAll('[\\S\\s]*', '[ -~\\n]*')
  return min > 2 ? known.replaceAll('.*', `.{${min},${min + 20}}`) : known
}
