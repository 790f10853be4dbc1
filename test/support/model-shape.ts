import type { Shape } from '../protocol/shape-arbitrary.ts'
import type { ServiceModel, ShapeFact } from './service-model.ts'

type Use = string | { readonly shape: string } | undefined

/**
 * A shape of a service's model in the terms in which we declare ours, so that requests can be made of it that owe nothing to our declarations. Optional members
 * that lead back to their own structure are left out.
 */
export function modelShape(use: Use, model: ServiceModel): Shape {
  return shapeOf(use, { model, above: [], made: new Map() })
}

interface Walk {
  readonly model: ServiceModel
  /** The structures around this one. */
  readonly above: readonly string[]
  readonly made: Map<string, Shape>
}

function shapeOf(use: Use, walk: Walk): Shape {
  const name = nameOf(use)
  const known = walk.made.get(name)
  if (known) return known
  const fact = walk.model.shapes[name]
  if (!fact) throw new TypeError(`the model has no shape ${name}`)
  const made = shapeOfFact(fact, { ...walk, above: [...walk.above, name] })
  walk.made.set(name, made)
  return made
}

function shapeOfFact(fact: ShapeFact, walk: Walk): Shape {
  const { type, min, max, pattern } = fact
  const aws = {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(pattern === undefined ? {} : { pattern }),
  }
  switch (type) {
    case 'structure':
      return { type: 'object', properties: members(fact, walk), required: fact.required ?? [] }
    case 'list':
      return { type: 'array', items: shapeOf(fact.member, walk), aws }
    case 'map': {
      const patternProperties = { '^.*$': shapeOf(fact.value, walk) }
      return { type: 'object', propertyNames: shapeOf(fact.key, walk), patternProperties, aws }
    }
    case 'integer':
      return { type: 'integer', aws: { ...aws, bits: 32 } }
    case 'long':
      return { type: 'integer', aws: { ...aws, bits: 64 } }
    case 'boolean':
      return { type }
    case 'string':
      return fact.enum ? { type, enum: fact.enum } : { type, aws }
    default:
      return { type: 'number', aws }
  }
}

function members(fact: ShapeFact, walk: Walk): Readonly<Record<string, Shape>> {
  const given = Object.entries(fact.members ?? {}).filter(([, use]) => !leadsBack(nameOf(use), walk))
  return Object.fromEntries(given.map(([member, use]) => [member, shapeOf(use, walk)]))
}

function leadsBack(name: string, { model, above }: Walk): boolean {
  const fact = model.shapes[name]
  return above.includes(name) || (fact?.type === 'list' && above.includes(nameOf(fact.member)))
}

function nameOf(use: Use): string {
  return typeof use === 'object' ? use.shape : (use ?? '')
}
