import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createStyles } from '../../../src/cli/terminal/styles.ts'
import { displayWidth, pad, truncate } from '../../../src/cli/terminal/width.ts'
import { wrap } from '../../../src/cli/terminal/wrap.ts'

test('Wide characters take two columns, marks and colours none', () => {
  const { red } = createStyles(true)
  assert.deepEqual(['abc', '数字', 'e\u0301', '🚂', red('abc')].map(displayWidth), [3, 4, 1, 2, 3])
})

test('Cutting ends in an ellipsis and ends the colours', () => {
  const { red } = createStyles(true)
  assert.equal(truncate('training', 6), 'train…')
  assert.equal(truncate('training', 8), 'training')
  assert.equal(truncate('数字数字', 6), '数字…')
  assert.equal(truncate(`${red('training')} on`, 6), '\u001B[31mtrain…\u001B[0m')
  assert.equal(truncate('anything', 0), '')
})

test('What has been cut is never wider than it may be', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, width) => {
      assert.ok(displayWidth(truncate(text, width)) <= width)
    }),
  )
})

test('Padding counts columns, not characters', () => {
  assert.equal(pad('数', 4), '数  ')
  assert.equal(pad('7', 3, 'left'), '  7')
  assert.equal(pad('longer', 3), 'longer')
})

test('Text is broken between words, and a long word stays whole', () => {
  assert.deepEqual(wrap('Training image download completed.', 16), ['Training image', 'download', 'completed.'])
  assert.deepEqual(wrap('an-extraordinarily-long-name', 8), ['an-extraordinarily-long-name'])
  assert.deepEqual(wrap('', 8), [''])
})
