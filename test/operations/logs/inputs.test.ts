import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as inputs from '../../../src/operations/logs/inputs.ts'

const FACTS = join(process.env['TRAINYARD_SHARED'] ?? join(import.meta.dirname, '../../../../shared'), 'api/logs.json')
const skip = existsSync(FACTS)
  ? false
  : `NOT COMPARED: the facts about CloudWatch Logs are not at ${FACTS}; set TRAINYARD_SHARED to their folder`

interface Fact {
  readonly type: string
  readonly members?: Readonly<Record<string, string>>
  readonly required?: readonly string[]
  readonly member?: string
  readonly enum?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
}

interface Declared {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly items?: Declared
  readonly properties?: Readonly<Record<string, Declared>>
  readonly required?: readonly string[]
  readonly aws?: Pick<Fact, 'min' | 'max' | 'pattern'>
}

test('every input has the members, limits, patterns and values of the model', { skip }, () => {
  const { shapes } = JSON.parse(readFileSync(FACTS, 'utf8')) as { readonly shapes: Readonly<Record<string, Fact>> }
  assert.equal(Object.keys(inputs).length, 3)
  for (const [name, schema] of Object.entries(inputs)) {
    assert.deepEqual(asDeclared(schema as unknown as Declared), asInModel(name, shapes), name)
  }
})

function asInModel(name: string, shapes: Readonly<Record<string, Fact>>): object {
  const { type, members, required = [], member, enum: values, min, max, pattern } = shapes[name]!
  const limits = { min, max, pattern }
  if (members) {
    const below = Object.entries(members).map(([key, shape]) => [key, asInModel(shape, shapes)])
    return { type, members: Object.fromEntries(below), required }
  }
  if (member) return { type, member: asInModel(member, shapes), ...limits }
  if (values) return { type, values }
  if (type === 'boolean') return { type }
  return { type: type === 'long' ? 'integer' : type, ...limits }
}

function asDeclared({ type, properties, required = [], items, enum: values, aws = {} }: Declared): object {
  const limits = { min: aws.min, max: aws.max, pattern: aws.pattern }
  if (properties) {
    const below = Object.entries(properties).map(([key, schema]) => [key, asDeclared(schema)])
    return { type: 'structure', members: Object.fromEntries(below), required }
  }
  if (items) return { type: 'list', member: asDeclared(items), ...limits }
  if (values) return { type: 'string', values }
  if (type === 'boolean') return { type }
  return { type, ...limits }
}
