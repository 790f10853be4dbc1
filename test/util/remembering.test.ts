import assert from 'node:assert/strict'
import { test } from 'node:test'
import { remembering } from '../../src/util/remembering.ts'

test('makes what it has not been asked for, once, and keeps no more than it may', () => {
  const made: string[] = []
  const upper = remembering((text) => {
    made.push(text)
    return text.toUpperCase()
  }, 2)
  assert.deepEqual(['a', 'b', 'a', 'b', 'c', 'c', 'a'].map(upper), ['A', 'B', 'A', 'B', 'C', 'C', 'A'])
  assert.deepEqual(made, ['a', 'b', 'c', 'a'])
})

test('what is thrown is thrown again', () => {
  let asked = 0
  const failing = remembering((text) => {
    asked++
    throw new Error(text)
  }, 2)
  assert.throws(() => failing('a'), /a/)
  assert.throws(() => failing('a'), /a/)
  assert.equal(asked, 2)
})
