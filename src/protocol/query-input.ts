import type { TSchema } from 'typebox'

/** The parts of a shape made by `shapes/declare.ts` that say what its text stands for. */
interface Shape {
  readonly type?: string
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  readonly aws?: { readonly isTime?: boolean }
}

/**
 * The Query protocol sends everything as text (wire 3): reads it as what the shape says. What cannot be read stays as it is, for the
 * validation to name. Clients write an empty list as an empty text.
 */
export function readQueryInput(schema: TSchema, input: unknown): unknown {
  return read(schema, input)
}

function read(shape: Shape, value: unknown): unknown {
  if (typeof value === 'string') return scalar(shape, value)
  if (Array.isArray(value)) return shape.items ? value.map((each) => read(shape.items ?? {}, each)) : value
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, read(shape.properties?.[name] ?? {}, member)])
  return Object.fromEntries(members)
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:?\d\d)?)?$/

function scalar(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case 'integer':
    case 'number':
      return shape.aws?.isTime && TIME.test(text) ? epochSeconds(text) : NUMBER.test(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'array':
      return text === '' ? [] : text
    default:
      return text
  }
}

/** A time without a zone is UTC. */
function epochSeconds(text: string): number | string {
  const hasZone = /Z$|[-+]\d\d:?\d\d$/.test(text.slice(10)) || text.length === 10
  const milliseconds = Date.parse(hasZone ? text : `${text}Z`)
  return Number.isNaN(milliseconds) ? text : milliseconds / 1000
}
