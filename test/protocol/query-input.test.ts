import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readQueryInput } from '../../src/protocol/query-input.ts'
import { double, flag, integer, list, optional, structure, text, timestamp } from '../../src/protocol/shapes/declare.ts'

const shape = structure({
  Name: optional(text()),
  Period: optional(integer()),
  Value: optional(double()),
  Flag: optional(flag()),
  At: optional(timestamp()),
  Values: optional(list(double())),
  Parts: optional(list(structure({ Value: double() }))),
})

test('text becomes what the shape says, at every depth', () => {
  const input = {
    Name: '60',
    Period: '60',
    Value: '1.5e-3',
    Flag: 'true',
    At: '2024-01-02T03:04:05.5Z',
    Values: ['1', '-2.5'],
    Parts: [{ Value: '3', Unknown: '4' }],
  }
  assert.deepEqual(readQueryInput(shape, input), {
    Name: '60',
    Period: 60,
    Value: 0.0015,
    Flag: true,
    At: 1_704_164_645.5,
    Values: [1, -2.5],
    Parts: [{ Value: 3, Unknown: '4' }],
  })
})

test('times come with and without zone, as a day, and as epoch seconds; a list may be empty', () => {
  for (const [given, read] of [
    ['2024-01-02T00:00:00', 1_704_153_600],
    ['2024-01-02T01:00:00+01:00', 1_704_153_600],
    ['2024-01-02', 1_704_153_600],
    ['1704153600', 1_704_153_600],
    ['soon', 'soon'],
  ] as const)
    assert.deepEqual(readQueryInput(shape, { At: given }), { At: read })
  assert.deepEqual(readQueryInput(shape, { Values: '' }), { Values: [] })
})

test('what cannot be read stays text for the validation to name', () => {
  const input = { Period: '1x', Value: '', Flag: 'yes', Values: 'a', Parts: { a: 'b' } }
  assert.deepEqual(readQueryInput(shape, input), input)
})
