import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeControls, isUntouchedByEscaping } from '../../src/telemetry/log-text.ts'

test('control characters are shown as # and three octal digits', () => {
  assert.equal(escapeControls('a\tb\u001b[31mred\u0000\u007f\r'), 'a#011b#033[31mred#000#177#015')
})

test('many lines keep the newlines between them', () => {
  assert.equal(escapeControls('a\tb\nc\r\n'), 'a#011b\nc#015\n')
})

test('what escaping leaves alone and is found after it can be looked for before', () => {
  const units = fc.constantFrom('\t', '\r', '#', '0', '1', '5', '7', '9', 'a', 'b')
  const text = fc.string({ unit: units, maxLength: 8 })
  fc.assert(
    fc.property(text, fc.string({ unit: units, minLength: 1, maxLength: 3 }), (line, part) => {
      if (isUntouchedByEscaping(part) && escapeControls(line).includes(part)) assert.ok(line.includes(part))
    }),
    { numRuns: 5000 },
  )
  assert.deepEqual(['loss: ', 'l', '1loss', '#011', '', 'a#b', 'loss=1'].map(isUntouchedByEscaping), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ])
})
