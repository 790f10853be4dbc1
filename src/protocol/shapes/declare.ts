import {
  Type,
  type TArray,
  type TInteger,
  type TObject,
  type TProperties,
  type TRecord,
  type TSchema,
  type TString,
  type TUnsafe,
} from 'typebox'

/** Limits as the service's model states them: of a string's characters, a list's or map's entries, a number's value. */
interface Limits {
  readonly min?: number
  readonly max?: number
}

/** Patterns have no anchors in the model: the whole value must match. */
interface TextLimits extends Limits {
  readonly pattern?: string
}

/**
 * A string. The pattern is kept as AWS prints it in its errors beside the one that JavaScript runs.
 */
export function text(limits: TextLimits = {}): TString {
  const { min, max, pattern } = limits
  return Type.String({
    ...(min === undefined || min === 0 ? {} : { minLength: min }),
    ...(max === undefined ? {} : { maxLength: max }),
    ...(pattern === undefined || pattern === '[\\S\\s]*' ? {} : { pattern: wholeMatch(pattern) }),
    aws: limits,
  })
}

/** Java's name for ASCII letters and digits is unknown to JavaScript. */
function wholeMatch(pattern: string): string {
  return `^(?:${pattern.replaceAll('\\p{Alnum}', 'a-zA-Z0-9')})$`
}

/** A string out of an enumeration. */
export function choice<const Value extends string>(values: readonly Value[]): TUnsafe<Value> {
  return Type.Unsafe<Value>({ type: 'string', enum: values })
}

/** 32 bits: AWS cannot read more into one. */
export function integer(limits: Limits = {}): TInteger {
  return wholeNumber(limits, 32)
}

/** 64 bits on AWS; here a JSON number, which is exact up to 2^53. */
export function long(limits: Limits = {}): TInteger {
  return wholeNumber(limits, 64)
}

function wholeNumber(limits: Limits, bits: 32 | 64): TInteger {
  const { min = -(2 ** (bits - 1)), max = 2 ** (bits - 1) - 1 } = limits
  return Type.Integer({ minimum: min, maximum: max, aws: { ...limits, bits } })
}

export function flag() {
  return Type.Boolean()
}

/** Epoch seconds, a fraction allowed (wire 2). */
export function timestamp() {
  return Type.Number({ aws: { isTime: true } })
}

export function double() {
  return Type.Number({ aws: { isTime: false } })
}

export function list<Item extends TSchema>(item: Item, limits: Limits = {}): TArray<Item> {
  return Type.Array(item, {
    ...(limits.min === undefined || limits.min === 0 ? {} : { minItems: limits.min }),
    ...(limits.max === undefined ? {} : { maxItems: limits.max }),
    aws: limits,
  })
}

export function map<Value extends TSchema>(key: TString, value: Value, limits: Limits = {}): TRecord<'^.*$', Value> {
  return Type.Record(Type.String(), value, {
    ...(limits.min === undefined || limits.min === 0 ? {} : { minProperties: limits.min }),
    ...(limits.max === undefined ? {} : { maxProperties: limits.max }),
    propertyNames: key,
    aws: limits,
  })
}

/** Members that the model does not know are let through, as AWS does (behaviour 6.1). */
export function structure<Members extends TProperties>(members: Members): TObject<Members> {
  return Type.Object(members)
}

export const optional = Type.Optional
