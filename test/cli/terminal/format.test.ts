import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatBytes, formatDuration, formatNumber, formatTime } from '../../../src/cli/terminal/format.ts'

test('Bytes are shown with at most three digits and the unit that fits', () => {
  const shown = [0, 999, 1000, 9949, 9950, 722_400, 999_499, 999_500, 1.4e9, 5e15].map(formatBytes)
  assert.deepEqual(shown, [
    '0 B',
    '999 B',
    '1.0 kB',
    '9.9 kB',
    '10 kB',
    '722 kB',
    '999 kB',
    '1.0 MB',
    '1.4 GB',
    '5.0 PB',
  ])
})

test('Durations go from milliseconds to days, and seconds never read 60', () => {
  const shown = [0, 16, 99, 100, 12_340, 59_949, 59_950, 245_000, 7_380_000, 273_600_000].map(formatDuration)
  assert.deepEqual(shown, [
    '0 ms',
    '16 ms',
    '99 ms',
    '0.1 s',
    '12.3 s',
    '59.9 s',
    '1 min 00 s',
    '4 min 05 s',
    '2 h 03 min',
    '3 d 04 h',
  ])
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (milliseconds) => {
      assert.doesNotMatch(formatDuration(milliseconds), /\b60(?:\.0)? (?:s|min)\b|\b24 h/)
    }),
  )
})

test('A clock step back is no negative duration', () => {
  assert.equal(formatDuration(-5), '0 ms')
})

test('Times are local, to the second or the millisecond', () => {
  const at = new Date(2026, 10, 23, 14, 57, 2, 45).getTime()
  assert.equal(formatTime(at), '2026-11-23 14:57:02')
  assert.equal(formatTime(at, 'milliseconds'), '2026-11-23 14:57:02.045')
})

test('Metrics keep four significant digits', () => {
  assert.deepEqual([3, 0.199_94, 0.5, 1234.56, 1e-7].map(formatNumber), ['3', '0.1999', '0.5', '1235', '1e-7'])
})
