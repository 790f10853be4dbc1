import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { shQuote } from '../../../src/cli/env/sh-quote.ts'

test('A real shell reads back what was quoted, whatever it is', () => {
  const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0') && value.isWellFormed())
  fc.assert(
    fc.property(fc.array(text, { minLength: 20, maxLength: 20 }), (texts) => {
      const words = texts.map(shQuote).join(' ')
      const read = execFileSync('sh', ['-c', `printf '%s\\0' ${words}`], { encoding: 'utf8' })
      assert.deepEqual(read.split('\0').slice(0, -1), texts)
    }),
    { numRuns: 10 },
  )
})

test('What needs no quotes gets none', () => {
  assert.equal(shQuote('http://127.0.0.1:8484'), 'http://127.0.0.1:8484')
  assert.equal(shQuote(''), "''")
  assert.equal(shQuote("it's $HOME"), String.raw`'it'\''s $HOME'`)
})
