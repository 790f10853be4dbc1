import fc from 'fast-check'
import { valuesOf, type Shape } from './shape-arbitrary.ts'

/** One way in which a request is wrong. */
export interface Break {
  /** As AWS names it. */
  readonly path: string
  readonly kind: 'validation' | 'serialization'
  /** A whole request in which this one thing is wrong. */
  readonly value: unknown
}

/** JSON and CBOR tell the types of what they hold; in a form everything is text, of which some can be read as what its shape says. */
export type BreakForm = 'typed' | 'text'

/** How many values that keep a shape are drawn of it, and used in turn. */
const SAMPLES = 8

/**
 * Every way to break every constraint of a shape once, at every depth, each in a value that is right otherwise. Another round breaks the same constraints in other
 * values.
 */
export class ShapeBreaks {
  readonly #round: number
  readonly #samples: Map<Shape, readonly unknown[]>
  readonly #isText: boolean

  /** @param samples shared by the rounds of one shape, because drawing values takes long */
  constructor(round = 0, samples = new Map<Shape, readonly unknown[]>(), form: BreakForm = 'typed') {
    this.#round = round
    this.#samples = samples
    this.#isText = form === 'text'
  }

  of(shape: Shape, path = ''): Break[] {
    const wrong = wrongTypes(path, ...(this.#isText ? textOfNone(shape, this.#round) : ofOtherType(shape, this.#round)))
    if (shape.properties) return [...wrong, ...this.#members(shape, shape.properties, path)]
    if (shape.propertyNames) return [...wrong, ...this.#map(shape, path)]
    if (shape.items) return [...wrong, ...this.#list(shape, shape.items, path)]
    if (shape.type === 'string') return [...wrong, ...this.#text(shape, path)]
    return shape.type === 'integer' ? [...wrong, ...this.#number(shape, path)] : wrong
  }

  #members(shape: Shape, properties: Readonly<Record<string, Shape>>, path: string): Break[] {
    const right = this.#sample(shape) as Record<string, unknown>
    return Object.entries(properties).flatMap(([name, member]) => {
      const camel = name.charAt(0).toLowerCase() + name.slice(1)
      const at = path === '' ? camel : `${path}.${camel}`
      const within = this.of(member, at).map((broken) => ({ ...broken, value: { ...right, [name]: broken.value } }))
      if (!shape.required?.includes(name)) return within
      const { [name]: _missing, ...rest } = right
      const absent = [{ ...right, [name]: null }, rest]
      return [...within, ...absent.map((value) => ({ path: at, kind: 'validation' as const, value }))]
    })
  }

  #map(shape: Shape, path: string): Break[] {
    const { propertyNames: key = {}, patternProperties = {}, aws = {} } = shape
    const item = Object.values(patternProperties)[0] ?? {}
    const right = this.#sample(item)
    const wrongKeys = this.#text(key, path).map(({ value }) => ({ [String(value)]: right }))
    const wrongValues = this.#text(item, path).map(({ value }) => ({ key: value }))
    const many = (aws.max ?? -1) + 1
    const tooMany = Object.fromEntries(Array.from({ length: many }, (_, index) => [`k${index}`, right]))
    const tooFew = Object.fromEntries(Array.from({ length: (aws.min ?? 0) - 1 }, (_, index) => [`k${index}`, right]))
    const lengths = [...(many > 0 ? [tooMany] : []), ...(aws.min ? [tooFew] : [])]
    const broken = [...wrongKeys, ...wrongValues, ...lengths]
    const wrongItems = this.#isText ? [{ key: { a: 'x' } }] : [{ key: 7 }, { key: {} }]
    return [
      ...broken.map((value) => ({ path, kind: 'validation' as const, value })),
      ...(item.type === 'string' ? wrongTypes(`${path}.key`, ...wrongItems) : []),
    ]
  }

  #list({ aws = {} }: Shape, item: Shape, path: string): Break[] {
    const right = this.#sample(item)
    const items = this.of(item, `${path}.2.member`)
    const lengths = [...(aws.min ? [aws.min - 1] : []), ...(aws.max === undefined ? [] : [aws.max + 1])]
    return [
      ...items.map((broken) => ({ ...broken, value: [right, broken.value] })),
      ...lengths.map((length) => ({ path, kind: 'validation' as const, value: Array.from({ length }, () => right) })),
    ]
  }

  #text(shape: Shape, path: string): Break[] {
    const { min = 0, max, pattern } = shape.aws ?? {}
    const letter = String.fromCharCode(97 + (this.#round % 26))
    const texts = [
      ...(shape.enum ? [`no such value ${letter}`, ''] : []),
      ...(min === 0 ? [] : [letter.repeat(min - 1)]),
      ...(max === undefined ? [] : [letter.repeat(max + 1 + this.#round), '😀'.repeat(max + 1)]),
      ...(pattern === undefined ? [] : outside(pattern)),
    ]
    return texts.map((value) => ({ path, kind: 'validation', value }))
  }

  #number({ aws = {} }: Shape, path: string): Break[] {
    const { min, max } = aws
    const numbers = [
      ...(min === undefined ? [] : [min - 1 - this.#round]),
      ...(max === undefined ? [] : [max + 1 + this.#round]),
    ]
    return numbers.map((value) => ({ path, kind: 'validation', value }))
  }

  #sample(shape: Shape): unknown {
    const known = this.#samples.get(shape)
    const values = known ?? fc.sample(valuesOf(shape), { numRuns: SAMPLES, seed: 1 })
    if (!known) this.#samples.set(shape, values)
    return values[this.#round % SAMPLES]
  }
}

/** What is of another type where types are told. The largest literals of JSON are no number any more. */
function ofOtherType(shape: Shape, round: number): unknown[] {
  if (shape.properties || shape.propertyNames) return ['text', []]
  if (shape.items) return ['text', {}]
  if (shape.type === 'string') return [7 + round, true, {}]
  if (shape.type === 'integer') return [`${round}`, round + 0.5, 1e300]
  return shape.type === 'number' ? [`${round}`, [], Infinity] : ['true', []]
}

/** What a form cannot be read as. */
function textOfNone(shape: Shape, round: number): unknown[] {
  if (shape.properties || shape.propertyNames) return ['text', ['text']]
  if (shape.items) return ['text', { a: 'text' }]
  if (shape.type === 'string') return [['text'], { a: 'text' }]
  if (shape.type === 'integer') return ['none', round + 0.5, 1e300]
  return shape.type === 'number' ? ['none', ['1'], -Infinity] : ['none', ['true']]
}

function wrongTypes(path: string, ...values: readonly unknown[]): Break[] {
  return path === '' ? [] : values.map((value) => ({ path, kind: 'serialization', value }))
}

/** Some text that a pattern forbids: most forbid a line break somewhere, as `.` does, and classes of what is allowed do. */
function outside(pattern: string): string[] {
  const expression = new RegExp(`^(?:${pattern.replaceAll('\\p{Alnum}', 'a-zA-Z0-9')})$`, 'u')
  return ['\n', ':', '*', '{', 'ü'].filter((text) => !expression.test(text)).slice(0, 1)
}
