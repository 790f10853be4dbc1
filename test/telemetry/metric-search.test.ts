import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineBatch } from '../../src/telemetry/line-batch.ts'
import { escapeControls } from '../../src/telemetry/log-text.ts'
import { metricMatcher } from '../../src/telemetry/metric-matcher.ts'
import { compileMetricRegex } from '../../src/telemetry/metric-regex.ts'
import { LinesToSearch, sharedPart } from '../../src/telemetry/metric-search.ts'

const EXPRESSIONS = ['loss=(\\d)', 'val_loss=(\\d)', 'acc=(\\d+)', '^(\\d+)$', '#011=(\\d)', 'é=(\\d)']
const PLAIN = ['plain', '', 'x#011=3', 'é', '\t', '12', '\r', 'loss']
const WITH_VALUES = ['loss=1', 'val_loss=2', 'acc=31', 'loss=4 loss=5', '\t=6', 'é=7\tacc=8', 'acc=\t', 'loss=\u00009']

/** A batch at some place in its file; its last line may have no newline, and so may one in its midst that was cut. */
function batchOf(lines: readonly string[], start: number, withoutNewline: ReadonlySet<number>): LineBatch {
  const pieces = lines.map((line, at) => Buffer.from(withoutNewline.has(at) ? line || '-' : `${line}\n`))
  const ends: number[] = []
  for (const piece of pieces) ends.push((ends.at(-1) ?? start) + piece.length)
  return new LineBatch({ bytes: Buffer.concat(pieces), start, ends, times: lines.map((_, at) => 1000 + at) })
}

/** Each line cut out and shown to the expression by itself. */
function lineByLine(batch: LineBatch, values: (line: string) => number[]): { value: number; time: number }[] {
  return batch.ends.flatMap((end, line) => {
    const begin = (batch.ends[line - 1] ?? batch.start) - batch.start
    const text = batch.bytes.toString('utf8', begin, end - batch.start).replace(/\n$/, '')
    const found = values(escapeControls(text))
    return found.map((value) => ({ value, time: batch.times[line] ?? 0 }))
  })
}

test('whatever the definitions share, and however rare it is, each finds what it finds in the lines one by one', () => {
  const line = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...PLAIN) }, fc.constantFrom(...WITH_VALUES))
  const seen = { narrowed: 0, whole: 0 }
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.subarray(EXPRESSIONS, { minLength: 1 }),
      fc.nat(100),
      fc.uniqueArray(fc.nat(29), { maxLength: 2 }),
      (lines, expressions, start, cut) => {
        const batch = batchOf(lines, start, new Set(cut))
        const regexes = expressions.map((expression) => compileMetricRegex(expression))
        const part = sharedPart(regexes.map(({ literal }) => literal))
        const search = new LinesToSearch(batch, part)
        for (const regex of regexes) {
          const matcher = metricMatcher({ ...regex, engine: 'v8' })
          const all = lineByLine(batch, matcher.values)
          const found = search.values(matcher)
          const last = all.at(-1)
          assert.deepEqual(found && { value: found.value, time: found.time }, last)
          assert.equal(found?.periods[0]?.count ?? 0, all.length)
          assert.equal(
            found?.periods[0]?.sum ?? 0,
            all.reduce((sum, { value }) => sum + value, 0),
          )
        }
        const holding = lines.filter((text) => text.includes(part)).length
        if (part !== '') seen[holding * 4 <= lines.length ? 'narrowed' : 'whole']++
      },
    ),
    { numRuns: 2000 },
  )
  assert.ok(seen.narrowed > 100 && seen.whole > 100, JSON.stringify(seen))
})

test('the shared part is the longest that all literals have which escaping leaves alone', () => {
  assert.equal(sharedPart(['loss: ', 'acc: ', 'lr: ']), ': ')
  assert.equal(sharedPart(["'loss': ", "'eval_loss': "]), "loss': ")
  assert.equal(sharedPart(['loss=', 'acc: ']), '')
  assert.equal(sharedPart(['loss=', '', '#011=']), 'loss=')
  assert.equal(sharedPart([]), '')
})
