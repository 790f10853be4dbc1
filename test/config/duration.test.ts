import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { durationText, parseDuration } from '../../src/config/duration.ts'

test('a duration that is shown is read as itself, in its largest unit', () => {
  assert.deepEqual([30 * 86_400_000, 5_400_000, 1500, 0].map(durationText), ['30d', '90m', '1500ms', '0ms'])
  fc.assert(fc.property(fc.nat(2 ** 40), (milliseconds) => parseDuration(durationText(milliseconds)) === milliseconds))
})

test('what is no duration is none', () => {
  for (const text of ['', '30', 'd', '-1d', '1.5h', '30 d', '1d2h', '5w', '5D'])
    assert.equal(parseDuration(text), undefined, text)
})
