import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The public facts about AWS's service models are kept beside the repository where it is developed and tested, never in it.
 * TRAINYARD_SHARED names their folder where it is another.
 */
const FOLDER = process.env['TRAINYARD_SHARED'] ?? join(import.meta.dirname, '../../../shared')

/** What a test puts into its options: it runs where the facts are, must run in CI, and says loudly where they are not. */
export function needsModelOf(service: string): { readonly skip: string | false } {
  const file = factsFile(service)
  const required = process.env['TRAINYARD_REQUIRE_ALL'] === '1'
  if (existsSync(file) || required) return { skip: false }
  return {
    skip: `NOT COMPARED: the facts about ${service} are not at ${file}; set TRAINYARD_SHARED to the folder above`,
  }
}

interface Use {
  readonly shape: string
}

export interface ShapeFact {
  readonly type: string
  readonly members?: Readonly<Record<string, string | Use>>
  readonly required?: readonly string[]
  readonly member?: string | Use
  readonly key?: string | Use
  readonly value?: string | Use
  readonly enum?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
}

interface OperationFact {
  readonly input?: string | Use | null
  readonly output: { readonly shape: string; readonly resultWrapper: string }
  readonly http: { readonly method: string; readonly requestUri: string }
}

export interface ServiceModel {
  readonly metadata: {
    readonly apiVersion: string
    readonly xmlNamespace: string
    readonly endpointPrefix: string
    readonly targetPrefix: string
  }
  readonly operations: Readonly<Record<string, OperationFact>>
  readonly shapes: Readonly<Record<string, ShapeFact>>
}

export function modelOf(service: string): ServiceModel {
  return JSON.parse(readFileSync(factsFile(service), 'utf8')) as ServiceModel
}

function factsFile(service: string): string {
  return join(FOLDER, 'api', `${service}.json`)
}

/** Asserts that a declared shape says what the model says, at every depth: members, limits, patterns, values. */
export function assertAsInModel(name: string, schema: object, model: ServiceModel): void {
  assert.deepEqual(asDeclared(schema), asInModel(name, model), name)
}

/** A shape of the model with everything below it written out. */
function asInModel(use: string | Use | undefined, model: ServiceModel): object {
  const name = typeof use === 'object' ? use.shape : (use ?? '')
  const fact = model.shapes[name]
  assert.ok(fact, `the model has no shape ${name}`)
  const { type, min, max, pattern } = fact
  const limits = { min, max, pattern }
  if (type === 'structure') {
    const members = Object.entries(fact.members ?? {}).map(([member, below]) => [member, asInModel(below, model)])
    return { type, members: Object.fromEntries(members), required: (fact.required ?? []).toSorted() }
  }
  if (type === 'list') return { type, member: asInModel(fact.member, model), ...limits }
  if (type === 'map') return { type, key: asInModel(fact.key, model), value: asInModel(fact.value, model), ...limits }
  if (fact.enum) return { type, enum: fact.enum.toSorted() }
  if (type === 'boolean' || type === 'timestamp' || type === 'double') return { type }
  return { type, ...limits }
}

/** The parts of a schema made by `src/protocol/shapes/declare.ts`. */
interface Declared {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly items?: Declared
  readonly properties?: Readonly<Record<string, Declared>>
  readonly propertyNames?: Declared
  readonly patternProperties?: Readonly<Record<string, Declared>>
  readonly required?: readonly string[]
  readonly aws?: Pick<ShapeFact, 'min' | 'max' | 'pattern'> & { readonly bits?: 32 | 64; readonly isTime?: boolean }
}

/** A declaration of ours in the model's terms. */
function asDeclared(schema: Declared): object {
  const { min, max, pattern } = schema.aws ?? {}
  const limits = { min, max, pattern }
  if (schema.enum) return { type: 'string', enum: schema.enum.toSorted() }
  if (schema.items) return { type: 'list', member: asDeclared(schema.items), ...limits }
  if (schema.propertyNames) {
    const value = Object.values(schema.patternProperties ?? {})[0]
    return { type: 'map', key: asDeclared(schema.propertyNames), value: asDeclared(value ?? {}), ...limits }
  }
  if (schema.properties) {
    const members = Object.entries(schema.properties).map(([name, member]) => [name, asDeclared(member)])
    return { type: 'structure', members: Object.fromEntries(members), required: (schema.required ?? []).toSorted() }
  }
  if (schema.type === 'boolean') return { type: 'boolean' }
  if (schema.type === 'integer') return { type: schema.aws?.bits === 64 ? 'long' : 'integer', ...limits }
  if (schema.type === 'number') return { type: schema.aws?.isTime ? 'timestamp' : 'double' }
  return { type: schema.type, ...limits }
}

/** Asserts that an answer has only members, types and values of the model's shape. Members that the shape requires may be missing: AWS leaves some out (behaviour 2.1). */
export function assertAnswer(use: string | Use | undefined, value: unknown, model: ServiceModel, path = ''): void {
  const name = typeof use === 'object' ? use.shape : (use ?? '')
  const fact = model.shapes[name]
  assert.ok(fact, `the model has no shape ${name}`)
  const { type } = fact
  assert.ok(ANSWER_TYPES[type]?.(value), `${path} is no ${type} (${name}): ${JSON.stringify(value)}`)
  if (fact.enum) assert.ok(fact.enum.includes(value as string), `${path}: ${String(value)} is no ${name}`)
  for (const [key, below] of type === 'structure' || type === 'map' ? Object.entries(value as object) : []) {
    const member = type === 'map' ? fact.value : fact.members?.[key]
    assert.ok(member, `${path}.${key} is no member of ${name}`)
    assertAnswer(member, below, model, `${path}.${key}`)
  }
  for (const [index, item] of type === 'list' ? (value as unknown[]).entries() : []) {
    assertAnswer(fact.member, item, model, `${path}[${index}]`)
  }
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown) => typeof value === 'number'

const ANSWER_TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  structure: isObject,
  map: isObject,
  list: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  long: Number.isInteger,
  float: isNumber,
  double: isNumber,
  timestamp: isNumber,
}
