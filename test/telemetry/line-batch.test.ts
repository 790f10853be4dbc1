import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineBatch } from '../../src/telemetry/line-batch.ts'

/** @param lines bytes of each, with or without a newline at its end */
function batchOf(lines: readonly Buffer[], start: number): LineBatch {
  const ends: number[] = []
  for (const line of lines) ends.push((ends.at(-1) ?? start) + line.length)
  return new LineBatch({ bytes: Buffer.concat(lines), start, ends, times: ends })
}

test('each line of a batch is what its bytes alone are: bytes that are not UTF-8 become U+FFFD, one that was cut ends where it was cut', () => {
  const whole = fc.constantFrom('', 'plain', 'é', '█ 45%', '𝄞', '\r', '#011').map((text) => Buffer.from(`${text}\n`))
  const broken = fc
    .uint8Array({ maxLength: 4 })
    .map((bytes) => Buffer.from([...bytes.filter((byte) => byte !== 10), 10]))
  const cut = fc.constantFrom('cut', 'é', '█').map((text) => Buffer.from(text))
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 4, arbitrary: whole }, broken, cut), { minLength: 1, maxLength: 12 }),
      fc.nat(1000),
      (lines, start) => {
        const { text } = batchOf(lines, start)
        const expected = lines.map((line) => line.toString('utf8').replace(/\n$/, ''))
        assert.deepEqual(
          lines.map((_, number) => text.line(number)),
          expected,
        )
        assert.deepEqual([...text.holding('')], [...lines.keys()])
        const holding = [...lines.keys()].filter((number) => expected[number]?.includes('é'))
        assert.deepEqual([...text.holding('é')], holding)
      },
    ),
    { numRuns: 2000 },
  )
  assert.equal(batchOf([Buffer.from([0x68, 0xff, 0xc3, 0xa9, 0xe2, 0x82, 0x0a])], 0).text.line(0), 'h\ufffdé\ufffd')
})
