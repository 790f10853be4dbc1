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

/** How many values that keep a shape are drawn of it, and used in turn. */
const SAMPLES = 8

/**
 * Every way to break every constraint of a shape once, at every depth, each in a value that is right otherwise. Another round breaks the same constraints in other
 * values.
 */
export class ShapeBreaks {
  readonly #round: number
  readonly #samples: Map<Shape, readonly unknown[]>

  /** @param samples shared by the rounds of one shape, because drawing values takes long */
  constructor(round = 0, samples = new Map<Shape, readonly unknown[]>()) {
    this.#round = round
    this.#samples = samples
  }

  of(shape: Shape, path = ''): Break[] {
    if (shape.properties) return [...wrongTypes(path, 'text', []), ...this.#members(shape, shape.properties, path)]
    if (shape.propertyNames) return [...wrongTypes(path, 'text', []), ...this.#map(shape, path)]
    if (shape.items) return [...wrongTypes(path, 'text', {}), ...this.#list(shape, shape.items, path)]
    if (shape.type === 'string') return [...wrongTypes(path, 7 + this.#round, true, {}), ...this.#text(shape, path)]
    if (shape.type === 'integer')
      return [...wrongTypes(path, `${this.#round}`, this.#round + 0.5, 1e300), ...this.#number(shape, path)]
    if (shape.type === 'number') return wrongTypes(path, `${this.#round}`, [])
    return wrongTypes(path, 'true', [])
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
    const broken = [...wrongKeys, ...wrongValues, ...(many > 0 ? [tooMany] : [])]
    return [
      ...broken.map((value) => ({ path, kind: 'validation' as const, value })),
      ...(item.type === 'string' ? wrongTypes(`${path}.key`, { key: 7 }, { key: {} }) : []),
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

function wrongTypes(path: string, ...values: readonly unknown[]): Break[] {
  return path === '' ? [] : values.map((value) => ({ path, kind: 'serialization', value }))
}

/** Some text that a pattern forbids: most forbid a line break somewhere, as `.` does, and classes of what is allowed do. */
function outside(pattern: string): string[] {
  const expression = new RegExp(`^(?:${pattern.replaceAll('\\p{Alnum}', 'a-zA-Z0-9')})$`, 'u')
  return ['\n', ':', '*', '{', 'ü'].filter((text) => !expression.test(text)).slice(0, 1)
}
