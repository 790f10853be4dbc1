import type { TSchema } from 'typebox'

/** What is wrong with a value, in AWS's words. */
export interface Violations {
  readonly violations: readonly string[]
  /** Set when a member has another JSON type than its shape. */
  readonly wrongType?: string
}

/** @returns the text that AWS makes of broken constraints (behaviour 6.2); undefined where none is broken */
export function constraintText(violations: readonly string[]): string | undefined {
  if (violations.length === 0) return undefined
  const noun = violations.length === 1 ? 'error' : 'errors'
  return `${violations.length} validation ${noun} detected: ${violations.join('; ')}`
}

/** The parts of a schema that `shapes/declare.ts` makes, seen as data. */
interface Shape {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object'
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly propertyNames?: Shape
  readonly patternProperties?: Readonly<Record<string, Shape>>
  readonly pattern?: string
  readonly aws?: { readonly min?: number; readonly max?: number; readonly pattern?: string; readonly bits?: number }
}

/**
 * Walks a value beside its shape (the slow path of `decodeInput`). Paths are in lower camel case from the request's root, members joined by dots, list items
 * as `.N.member` (behaviour 6.2, derived).
 */
export function findViolations(schema: TSchema, value: unknown): Violations {
  const walk = new Walk()
  walk.visit(schema, value, '')
  return { violations: walk.violations, ...(walk.wrongType === undefined ? {} : { wrongType: walk.wrongType }) }
}

/** Paths of members that the model does not know: ignored, as AWS does, but told to the user. */
export function unknownMembers(schema: TSchema, value: unknown): string[] {
  const found: string[] = []
  findUnknown(schema, value, '', found)
  return found
}

/** Names a path only where it is needed: each Create is walked through, and hardly any has such members. */
function findUnknown(shape: Shape, value: unknown, path: string, found: string[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) findUnknown(shape.items ?? {}, item, `${path}[${index}]`, found)
    return
  }
  const { properties } = shape
  if (!isObject(value) || !properties) return
  for (const name of Object.keys(value)) {
    const member = value[name]
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!known) found.push(memberPath(path, name))
    else if (typeof member === 'object') findUnknown(known, member, memberPath(path, name), found)
  }
}

function memberPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

class Walk {
  readonly violations: string[] = []
  wrongType: string | undefined

  visit(shape: Shape, value: unknown, path: string): void {
    if (!this.#hasType(shape, value, path)) return
    if (typeof value === 'string' || typeof value === 'number') {
      for (const constraint of brokenScalar(shape, value)) this.#violate(value, path, constraint)
    } else if (Array.isArray(value)) {
      this.#list(shape, value, path)
    } else if (isObject(value)) {
      if (shape.properties) this.#structure(shape, value, path)
      else this.#map(shape, value, path)
    }
  }

  #structure(shape: Shape, value: Readonly<Record<string, unknown>>, path: string): void {
    for (const [name, member] of Object.entries(shape.properties ?? {})) {
      const at = path === '' ? lowerCamel(name) : `${path}.${lowerCamel(name)}`
      if (value[name] !== undefined) this.visit(member, value[name], at)
      else if (shape.required?.includes(name)) this.violations.push(nullViolation(at))
    }
  }

  #list(shape: Shape, value: readonly unknown[], path: string): void {
    for (const constraint of brokenLength(shape, value.length)) this.#violate(value, path, constraint)
    // Items beyond the limit are not looked at: a small request could else be worth an answer of any size.
    const items = value.slice(0, shape.aws?.max)
    items.forEach((item, index) => this.visit(shape.items ?? {}, item, `${path}.${index + 1}.member`))
  }

  /** Maps answer for their entries as a whole, with every constraint of the key or the value (behaviour 6.2, observed). */
  #map(shape: Shape, value: Readonly<Record<string, unknown>>, path: string): void {
    const key = shape.propertyNames ?? {}
    const item = Object.values(shape.patternProperties ?? {})[0] ?? {}
    const entries = Object.entries(value)
    for (const constraint of brokenLength(shape, entries.length)) this.#violate(value, path, constraint)
    if (entries.some(([name]) => brokenScalar(key, name).length > 0)) {
      this.#violate(value, path, `Map keys must satisfy constraint: [${constraintsOf(key).join(', ')}]`)
    }
    const wrong = entries.find(([name, member]) => !this.#hasType(item, member, `${path}.${name}`))
    if (wrong) return
    if (entries.some(([, member]) => typeof member === 'string' && brokenScalar(item, member).length > 0)) {
      this.#violate(value, path, `Map value must satisfy constraint: [${constraintsOf(item).join(', ')}]`)
    }
  }

  #hasType(shape: Shape, value: unknown, path: string): boolean {
    const expected = shape.enum ? 'string' : shape.type
    if (expected === undefined || jsonType(shape, value) === expected) return true
    const wanted = expected === 'integer' ? `an integer of ${bitsOf(shape)} bits` : NAMES[expected]
    this.wrongType ??= `${path === '' ? 'The request' : path} must be ${wanted}, but ${named(value)} was given`
    return false
  }

  #violate(value: unknown, path: string, constraint: string): void {
    this.violations.push(`Value '${shown(value)}' at '${path}' failed to satisfy constraint: ${constraint}`)
  }
}

const NAMES = {
  string: 'a string',
  number: 'a finite number',
  boolean: 'a boolean',
  array: 'a list',
  object: 'a structure',
} as const

function named(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return NAMES.array
  if (typeof value === 'number') return `the number ${value}`
  const type = typeof value
  return type === 'string' || type === 'boolean' || type === 'object' ? NAMES[type] : type
}

/** The JSON type of a value; a number is an integer where the shape wants one and it fits. */
function jsonType(shape: Shape, value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (value === null) return 'null'
  // A form, CBOR and a literal of JSON such as 1e999 can hold what is no number of any shape.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'not finite'
  const limit = 2 ** (bitsOf(shape) - 1)
  if (shape.type === 'integer' && Number.isInteger(value) && Number(value) >= -limit && Number(value) < limit) {
    return 'integer'
  }
  return typeof value
}

function bitsOf(shape: Shape): number {
  return shape.aws?.bits ?? 64
}

/** AWS names a wrong length and a broken pattern both. A longer text than this, if its shape forbids it, is not matched: some patterns take quadratic time. */
const MATCHED_CHARACTERS = 512

function brokenScalar(shape: Shape, value: string | number): string[] {
  if (shape.enum) {
    const known = typeof value === 'string' && shape.enum.includes(value)
    return known ? [] : [`Member must satisfy enum value set: [${shape.enum.join(', ')}]`]
  }
  if (typeof value === 'number') return brokenBounds(shape.aws ?? {}, value, 'value')
  const broken = brokenLength(shape, Array.from(value).length)
  if (shape.pattern === undefined || (broken.length > 0 && value.length > MATCHED_CHARACTERS)) return broken
  return new RegExp(shape.pattern, 'u').test(value) ? broken : [...broken, patternConstraint(shape)]
}

function brokenLength(shape: Shape, length: number): string[] {
  return brokenBounds(shape.aws ?? {}, length, 'length')
}

function brokenBounds(
  limits: { readonly min?: number; readonly max?: number },
  value: number,
  what: 'length' | 'value',
): string[] {
  const { min, max } = limits
  if (max !== undefined && value > max) return [`Member must have ${what} less than or equal to ${max}`]
  if (min !== undefined && value < min) return [`Member must have ${what} greater than or equal to ${min}`]
  return []
}

/** All constraints of a scalar, broken or not, in the order in which AWS lists them. */
function constraintsOf(shape: Shape): string[] {
  const { min, max } = shape.aws ?? {}
  return [
    ...(max === undefined ? [] : [`Member must have length less than or equal to ${max}`]),
    ...(min === undefined ? [] : [`Member must have length greater than or equal to ${min}`]),
    ...(shape.aws?.pattern === undefined ? [] : [patternConstraint(shape)]),
  ]
}

function patternConstraint(shape: Shape): string {
  return `Member must satisfy regular expression pattern: ${shape.aws?.pattern}`
}

function nullViolation(path: string): string {
  return `Value null at '${path}' failed to satisfy constraint: Member must not be null`
}

/** Longest part of an offending value that an error repeats. */
const SHOWN_CHARACTERS = 1024

/** Lists and maps as Java prints them: `[a, b]`, `{k=v}`. */
function shown(value: unknown): string {
  const text = Array.isArray(value)
    ? `[${value.map(inner).join(', ')}]`
    : isObject(value)
      ? `{${Object.entries(value)
          .map(([name, member]) => `${name}=${inner(member)}`)
          .join(', ')}}`
      : inner(value)
  return text.slice(0, SHOWN_CHARACTERS)
}

function inner(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function lowerCamel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
