import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TSchema } from 'typebox'
import * as algorithm from '../../src/protocol/shapes/algorithm.ts'
import * as channels from '../../src/protocol/shapes/channels.ts'
import * as common from '../../src/protocol/shapes/common.ts'
import * as debuggerShapes from '../../src/protocol/shapes/debugger.ts'
import * as instanceTypes from '../../src/protocol/shapes/instance-types.ts'
import * as jobOptions from '../../src/protocol/shapes/job-options.ts'
import * as modelCustomization from '../../src/protocol/shapes/model-customization.ts'
import * as outputs from '../../src/protocol/shapes/outputs.ts'
import * as processingInstanceTypes from '../../src/protocol/shapes/processing-instance-types.ts'
import * as resources from '../../src/protocol/shapes/resources.ts'
import * as trainingJob from '../../src/protocol/shapes/training-job.ts'

/** The public facts about the service's shapes, kept beside the repository where it is developed and tested. */
const FACTS = join(
  process.env['TRAINYARD_SHARED'] ?? join(import.meta.dirname, '../../../shared'),
  'api/sagemaker.json',
)

interface Fact {
  readonly type: string
  readonly members?: Readonly<Record<string, string | { readonly shape: string }>>
  readonly required?: readonly string[]
  readonly member?: string
  readonly key?: string
  readonly value?: string
  readonly enum?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
}

const declared: Readonly<Record<string, TSchema>> = {
  ...algorithm,
  ...channels,
  ...common,
  ...debuggerShapes,
  ...instanceTypes,
  ...jobOptions,
  ...modelCustomization,
  ...outputs,
  ...processingInstanceTypes,
  ...resources,
  ...trainingJob,
}

const present = existsSync(FACTS)
if (!present) console.error(`NOT COMPARED: the facts about SageMaker's shapes are not at ${FACTS}`)

test(
  'every declared shape has the members, limits, patterns and values of the model',
  { skip: present ? false : `no ${FACTS}` },
  () => {
    const { shapes } = JSON.parse(readFileSync(FACTS, 'utf8')) as { readonly shapes: Readonly<Record<string, Fact>> }
    const names = Object.keys(declared)
    assert.ok(names.length > 100, `only ${names.length} shapes were found`)
    for (const name of names) assert.deepEqual(asDeclared(declared[name] as Declared), asInModel(name, shapes), name)
  },
)

function shapeName(use: string | { readonly shape: string }): string {
  return typeof use === 'string' ? use : use.shape
}

/** A shape of the model, everything below it written out. */
function asInModel(name: string, shapes: Readonly<Record<string, Fact>>): object {
  const fact = shapes[name]
  assert.ok(fact, `the model has no shape ${name}`)
  const below = (use: string | { readonly shape: string } | undefined) =>
    use === undefined ? {} : asInModel(shapeName(use), shapes)
  const { type, min, max, pattern } = fact
  const limits = { min, max, pattern }
  if (type === 'structure') {
    const members = Object.entries(fact.members ?? {}).map(([member, use]) => [member, below(use)])
    return { type, members: Object.fromEntries(members), required: (fact.required ?? []).toSorted() }
  }
  if (type === 'list') return { type, member: below(fact.member), ...limits }
  if (type === 'map') return { type, key: below(fact.key), value: below(fact.value), ...limits }
  if (fact.enum) return { type, enum: fact.enum.toSorted() }
  if (type === 'boolean' || type === 'timestamp') return { type }
  return { type: type === 'long' ? 'integer' : type, ...limits }
}

interface Declared {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly items?: Declared
  readonly properties?: Readonly<Record<string, Declared>>
  readonly propertyNames?: Declared
  readonly patternProperties?: Readonly<Record<string, Declared>>
  readonly required?: readonly string[]
  readonly aws?: Pick<Fact, 'min' | 'max' | 'pattern'>
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
  return schema.type === 'number' ? { type: 'timestamp' } : { type: schema.type, ...limits }
}
