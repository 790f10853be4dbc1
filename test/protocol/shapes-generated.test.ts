import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CreateTrainingJobRequest,
  DescribeTrainingJobRequest,
  ListTrainingJobsRequest,
  StopTrainingJobRequest,
} from '../../src/protocol/shapes/training-job.ts'
import { decodeInput } from '../../src/protocol/validate.ts'
import { valuesOf, type Shape } from './shape-arbitrary.ts'

const REQUESTS = {
  CreateTrainingJobRequest,
  DescribeTrainingJobRequest,
  ListTrainingJobsRequest,
  StopTrainingJobRequest,
}

for (const [name, schema] of Object.entries(REQUESTS)) {
  test(`what keeps every constraint of ${name} passes`, () => {
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        assert.deepEqual(decodeInput(schema, value).kind, 'valid')
      }),
      { numRuns: 50 },
    )
  })
}

for (const [name, schema] of Object.entries(REQUESTS)) {
  const breaks = breaksOf(schema as Shape)
  test(`what breaks one constraint of ${name} never passes, and its member is named (${breaks.length} ways)`, () => {
    for (const { path, kind, value } of breaks) {
      const decoded = decodeInput(schema, value)
      const what = `${path}: ${JSON.stringify(decoded)}`
      assert.ok(decoded.kind !== 'valid' && decoded.kind === kind, what)
      assert.ok(decoded.text.includes(kind === 'validation' ? ` at '${path}'` : `${path} must be `), what)
    }
  })
}

interface Break {
  /** As AWS names it. */
  readonly path: string
  readonly kind: 'validation' | 'serialization'
  /** A whole request in which this one thing is wrong. */
  readonly value: unknown
}

/** Every way to break every constraint of a shape once, at every depth, each in a value that is right otherwise. */
function breaksOf(shape: Shape, path = ''): Break[] {
  if (shape.properties) return [...wrongTypes(path, 'text', []), ...breaksOfMembers(shape, shape.properties, path)]
  if (shape.propertyNames) return [...wrongTypes(path, 'text', []), ...breaksOfMap(shape, path)]
  if (shape.items) return [...wrongTypes(path, 'text', {}), ...breaksOfList(shape, shape.items, path)]
  if (shape.type === 'string') return [...wrongTypes(path, 7, true, {}), ...breaksOfText(shape, path)]
  if (shape.type === 'integer') return [...wrongTypes(path, '7', 1.5, 1e300), ...breaksOfNumber(shape, path)]
  return wrongTypes(path, 'true', [])
}

function wrongTypes(path: string, ...values: readonly unknown[]): Break[] {
  return path === '' ? [] : values.map((value) => ({ path, kind: 'serialization', value }))
}

function breaksOfMembers(shape: Shape, properties: Readonly<Record<string, Shape>>, path: string): Break[] {
  const right = sample(shape) as Record<string, unknown>
  return Object.entries(properties).flatMap(([name, member]) => {
    const camel = name.charAt(0).toLowerCase() + name.slice(1)
    const at = path === '' ? camel : `${path}.${camel}`
    const within = breaksOf(member, at).map((broken) => ({ ...broken, value: { ...right, [name]: broken.value } }))
    if (!shape.required?.includes(name)) return within
    return [...within, { path: at, kind: 'validation' as const, value: { ...right, [name]: null } }]
  })
}

function breaksOfMap(shape: Shape, path: string): Break[] {
  const { propertyNames: key = {}, patternProperties = {}, aws = {} } = shape
  const item = Object.values(patternProperties)[0] ?? {}
  const right = sample(item)
  const wrongKeys = breaksOfText(key, path).map(({ value }) => ({ [String(value)]: right }))
  const wrongValues = breaksOfText(item, path).map(({ value }) => ({ key: value }))
  const tooMany = Object.fromEntries(Array.from({ length: (aws.max ?? 0) + 1 }, (_, index) => [`k${index}`, right]))
  return [...wrongKeys, ...wrongValues, tooMany].map((value) => ({ path, kind: 'validation', value }))
}

function breaksOfList({ aws = {} }: Shape, item: Shape, path: string): Break[] {
  const right = sample(item)
  const items = breaksOf(item, `${path}.2.member`)
  const lengths = [...(aws.min ? [aws.min - 1] : []), ...(aws.max === undefined ? [] : [aws.max + 1])]
  return [
    ...items.map((broken) => ({ ...broken, value: [right, broken.value] })),
    ...lengths.map((length) => ({ path, kind: 'validation' as const, value: Array.from({ length }, () => right) })),
  ]
}

function breaksOfText(shape: Shape, path: string): Break[] {
  const { min = 0, max, pattern } = shape.aws ?? {}
  const texts = [
    ...(shape.enum ? ['no such value', ''] : []),
    ...(min === 0 ? [] : ['a'.repeat(min - 1)]),
    ...(max === undefined ? [] : ['a'.repeat(max + 1), '😀'.repeat(max + 1)]),
    // Every pattern of the model but this one forbids a line break somewhere: `.` does, and classes of what is allowed do.
    ...(pattern === undefined || pattern === '[\\S\\s]*' ? [] : ['\n']),
  ]
  return texts.map((value) => ({ path, kind: 'validation', value }))
}

function breaksOfNumber({ aws = {} }: Shape, path: string): Break[] {
  const { min, max } = aws
  const numbers = [...(min === undefined ? [] : [min - 1]), ...(max === undefined ? [] : [max + 1])]
  return numbers.map((value) => ({ path, kind: 'validation', value }))
}

function sample(shape: Shape): unknown {
  return fc.sample(valuesOf(shape), { numRuns: 1, seed: 1 })[0]
}
